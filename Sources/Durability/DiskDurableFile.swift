/// A file that is there whole, or not at all: temp, write, `fdatasync`, rename, `fsync` of the directory.
///
/// What fails before `commit` has returned leaves neither the file nor its temporary. One owner, one thread.
public final class DurableFile {
    private let path: String
    private let temporary: String
    private let directory: String
    private let disk: any Disk
    private var handle: DiskHandle?

    /// Bytes from which on a write is worth starting at once.
    private static let largeWrite = 1 << 18

    /// Opens the temporary, `path` with `.tmp` behind it; one that a crash has left is removed first.
    public init(_ path: String, disk: any Disk) throws(DiskError) {
        self.path = path
        self.disk = disk
        temporary = path + ".tmp"
        directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        do throws(DiskError) {
            handle = try disk.createFile(temporary)
        } catch {
            guard error.isExisting else { throw error }
            try disk.unlink(temporary)
            handle = try disk.createFile(temporary)
        }
    }

    deinit { abandon() }

    /// Appends bytes. After a failure the temporary is gone and the file closed.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(DiskError) {
        guard let handle else { throw DiskError(.write, errno: DiskError.badDescriptor, path: path) }
        do throws(DiskError) {
            try unsafe disk.write(bytes, to: handle)
            if bytes.count >= Self.largeWrite { disk.startWriting(handle) }
        } catch {
            abandon()
            throw error
        }
    }

    public func write(_ bytes: [UInt8]) throws(DiskError) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(DiskError) in
            try unsafe write(UnsafeRawBufferPointer(buffer))
        }
    }

    /// Makes the file durable under its name. With `replacing`, a file that had the name goes; a failure after the
    /// rename then leaves the new one in place, since the old one cannot come back.
    public func commit(replacing: Bool = false) throws(DiskError) {
        guard let handle else { throw DiskError(.sync, errno: DiskError.badDescriptor, path: path) }
        do throws(DiskError) {
            try disk.syncData(handle)
            self.handle = nil
            try disk.close(handle)
            try disk.rename(temporary, to: path)
        } catch {
            abandon()
            remove(temporary)
            throw error
        }
        do throws(DiskError) {
            try disk.syncDirectory(directory)
        } catch {
            if !replacing { remove(path) }
            throw error
        }
    }

    /// Gives the file up. Does nothing after `commit`.
    public func abandon() {
        guard let handle else { return }
        self.handle = nil
        do throws(DiskError) {
            try disk.close(handle)
        } catch {
            // The descriptor is gone either way, and the file is about to be.
        }
        remove(temporary)
    }

    /// Best effort: a temporary that stays is removed by the next writer of the same name, and at start.
    private func remove(_ path: String) {
        do throws(DiskError) {
            try disk.unlink(path)
        } catch {
            // The failure that led here is the one to report.
        }
    }

    /// Writes a whole file at once.
    public static func write(
        _ bytes: [UInt8], to path: String, disk: any Disk, replacing: Bool = false
    ) throws(DiskError) {
        let file = try DurableFile(path, disk: disk)
        try file.write(bytes)
        try file.commit(replacing: replacing)
    }
}
