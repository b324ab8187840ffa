import CLinux
import Glibc

/// The machine's own file system, through POSIX.
public struct RealDisk: Disk {
    private let fileMode: mode_t
    private let directoryMode: mode_t

    /// With `isShared`, members of this process's group may read files and change directories: roles with users of
    /// their own share one group. Otherwise everything is its owner's alone.
    public init(isShared: Bool = false) {
        fileMode = isShared ? 0o640 : 0o600
        directoryMode = isShared ? 0o770 : 0o700
    }

    public func createFile(_ path: String) throws(DiskError) -> DiskHandle {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        let descriptor = try retried(.create, path) { unsafe open(path, flags, fileMode) }
        return DiskHandle(number: descriptor)
    }

    public func openFile(_ path: String) throws(DiskError) -> DiskHandle {
        let flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW
        return DiskHandle(number: try retried(.open, path) { unsafe open(path, flags) })
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: DiskHandle) throws(DiskError) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = unsafe Glibc.write(file.number, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DiskError(.write, errno: count == 0 ? ENOSPC : errno, path: "") }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    public func truncate(_ file: DiskHandle, to length: Int) throws(DiskError) {
        _ = try retried(.truncate, "") { ftruncate(file.number, length) }
    }

    public func startWriting(_ file: DiskHandle) {
        // Waits for nothing and fails without consequence: `syncData` decides.
        cxr_start_writing(file.number)
    }

    public func syncData(_ file: DiskHandle) throws(DiskError) {
        _ = try retried(.sync, "") { fdatasync(file.number) }
    }

    public func close(_ file: DiskHandle) throws(DiskError) {
        // Not retried: on Linux the descriptor is gone even when `close` was interrupted.
        guard Glibc.close(file.number) == 0 || errno == EINTR else { throw DiskError(.close, errno: errno, path: "") }
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        _ = try retried(.rename, path) { unsafe Glibc.rename(path, newPath) }
    }

    public func unlink(_ path: String) throws(DiskError) {
        _ = try retried(.unlink, path) { unsafe Glibc.unlink(path) }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        guard unsafe mkdir(path, directoryMode) == 0 || errno == EEXIST else {
            throw DiskError(.makeDirectory, errno: errno, path: path)
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try retried(.syncDirectory, path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { _ = Glibc.close(descriptor) }
        _ = try retried(.syncDirectory, path) { fsync(descriptor) }
    }

    public func read(_ path: String, from offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        let descriptor = try retried(.read, path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        defer { _ = Glibc.close(descriptor) }
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = unsafe pread(
                    descriptor, UnsafeMutableRawPointer(buffer.baseAddress)?.advanced(by: filled), count - filled,
                    offset + filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw DiskError(.read, errno: failure, path: path) }
        return bytes
    }

    public func size(_ path: String) throws(DiskError) -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw DiskError(.size, errno: errno, path: path) }
        return Int(status.st_size)
    }

    public func list(_ path: String) throws(DiskError) -> [String] {
        guard let directory = unsafe opendir(path) else { throw DiskError(.list, errno: errno, path: path) }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(directory) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw DiskError(.list, errno: errno, path: path) }
        return names.sorted()
    }

    /// Runs a call that answers -1 on failure, again whenever a signal interrupted it.
    private func retried(
        _ operation: DiskError.Operation, _ path: String, _ call: () -> Int32
    ) throws(DiskError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            guard errno == EINTR else { throw DiskError(operation, errno: errno, path: path) }
        }
    }
}
