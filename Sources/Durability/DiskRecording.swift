import Synchronization

/// Does everything on another disk and writes down what succeeded, so that `DiskReplay` can build what a power cut at
/// any moment would have left. Begin with an empty root: what lay there before is not in the log.
public final class RecordingDisk: Disk {
    private struct State {
        var operations: [DiskOperation] = []
        var files: [DiskHandle: Int] = [:]
        var opened = 0
    }

    private let base: any Disk
    private let root: String
    private let logFile: DiskHandle?
    private let state = Mutex(State())

    /// With `logFile`, operations go into that new file (outside of the root) instead of memory, each with one write:
    /// it outlives the process that is killed.
    public init(_ base: any Disk, root: String, logFile: String? = nil) throws(DiskError) {
        self.base = base
        self.root = root.hasSuffix("/") ? root : root + "/"
        self.logFile = try logFile.map { path throws(DiskError) in try RealDisk().createFile(path) }
    }

    /// What has been done so far, if it is kept in memory.
    public var operations: [DiskOperation] { state.withLock { $0.operations } }

    public func createFile(_ path: String) throws(DiskError) -> DiskHandle {
        try opening { () throws(DiskError) in
            try base.createFile(path)
        } operation: {
            .createFile(path: relative(path), file: $0)
        }
    }

    public func openFile(_ path: String) throws(DiskError) -> DiskHandle {
        try opening { () throws(DiskError) in
            try base.openFile(path)
        } operation: {
            .openFile(path: relative(path), file: $0)
        }
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: DiskHandle) throws(DiskError) {
        try unsafe base.write(bytes, to: file)
        let copy = unsafe Array(bytes)
        try record { .write(file: $0.files[file] ?? 0, bytes: copy) }
    }

    public func truncate(_ file: DiskHandle, to length: Int) throws(DiskError) {
        try base.truncate(file, to: length)
        try record { .truncate(file: $0.files[file] ?? 0, length: length) }
    }

    public func startWriting(_ file: DiskHandle) { base.startWriting(file) }

    public func syncData(_ file: DiskHandle) throws(DiskError) {
        try base.syncData(file)
        try record { .syncData(file: $0.files[file] ?? 0) }
    }

    public func close(_ file: DiskHandle) throws(DiskError) {
        // Forgotten before the number can be given out again.
        state.withLock { _ = $0.files.removeValue(forKey: file) }
        try base.close(file)
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        try base.rename(path, to: newPath)
        try record { _ in .rename(path: relative(path), newPath: relative(newPath)) }
    }

    public func unlink(_ path: String) throws(DiskError) {
        try base.unlink(path)
        try record { _ in .unlink(path: relative(path)) }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        try base.makeDirectory(path)
        try record { _ in .makeDirectory(path: relative(path)) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try base.syncDirectory(path)
        try record { _ in .syncDirectory(path: relative(path)) }
    }

    public func read(_ path: String, from offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try base.read(path, from: offset, count: count)
    }

    public func size(_ path: String) throws(DiskError) -> Int { try base.size(path) }

    public func list(_ path: String) throws(DiskError) -> [String] { try base.list(path) }

    private func opening(
        _ open: () throws(DiskError) -> DiskHandle, operation: (Int) -> DiskOperation
    ) throws(DiskError) -> DiskHandle {
        let handle = try open()
        try record { state in
            state.opened += 1
            state.files[handle] = state.opened
            return operation(state.opened)
        }
        return handle
    }

    private func record(_ operation: (inout State) -> DiskOperation) throws(DiskError) {
        try state.withLock { state throws(DiskError) in
            let operation = operation(&state)
            if let logFile {
                try RealDisk().write(operation.encoded, to: logFile)
            } else {
                state.operations.append(operation)
            }
        }
    }

    private func relative(_ path: String) -> String {
        if path.hasPrefix(root) { return String(path.dropFirst(root.count)) }
        return path + "/" == root ? "" : path
    }
}
