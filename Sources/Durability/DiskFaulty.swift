import Glibc
import Synchronization

/// Fails the n-th call and, if wanted, every one after it: the loop "fail the first call, then the second, …" over a
/// durable operation, until it succeeds, shows that no failure leaves it in between.
public final class FaultyDisk: Disk {
    private let base: any Disk
    private let failing: Int
    private let errno: Int32
    private let staysBroken: Bool
    private let calls = Mutex(0)

    /// `failing` counts from 0. A failing write leaves half of its bytes in the file, as a full disk does.
    public init(_ base: any Disk, failing: Int, errno: Int32 = ENOSPC, staysBroken: Bool = false) {
        self.base = base
        self.failing = failing
        self.errno = errno
        self.staysBroken = staysBroken
    }

    /// Whether the failure has come; a loop ends when it has not.
    public var hasFailed: Bool { calls.withLock { $0 > failing } }

    private func isFailing() -> Bool {
        calls.withLock { calls in
            defer { calls += 1 }
            return calls == failing || staysBroken && calls > failing
        }
    }

    private func check(_ operation: DiskError.Operation, _ path: String = "") throws(DiskError) {
        if isFailing() { throw DiskError(operation, errno: errno, path: path) }
    }

    public func createFile(_ path: String) throws(DiskError) -> DiskHandle {
        try check(.create, path)
        return try base.createFile(path)
    }

    public func openFile(_ path: String) throws(DiskError) -> DiskHandle {
        try check(.open, path)
        return try base.openFile(path)
    }

    public func write(_ bytes: UnsafeRawBufferPointer, to file: DiskHandle) throws(DiskError) {
        if isFailing() {
            try unsafe base.write(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)]), to: file)
            throw DiskError(.write, errno: errno, path: "")
        }
        try unsafe base.write(bytes, to: file)
    }

    public func truncate(_ file: DiskHandle, to length: Int) throws(DiskError) {
        try check(.truncate)
        try base.truncate(file, to: length)
    }

    public func startWriting(_ file: DiskHandle) { base.startWriting(file) }

    public func syncData(_ file: DiskHandle) throws(DiskError) {
        try check(.sync)
        try base.syncData(file)
    }

    public func close(_ file: DiskHandle) throws(DiskError) {
        // The descriptor goes even when `close` reports a failure.
        try base.close(file)
        try check(.close)
    }

    public func rename(_ path: String, to newPath: String) throws(DiskError) {
        try check(.rename, path)
        try base.rename(path, to: newPath)
    }

    public func unlink(_ path: String) throws(DiskError) {
        try check(.unlink, path)
        try base.unlink(path)
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        try check(.makeDirectory, path)
        try base.makeDirectory(path)
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        try check(.syncDirectory, path)
        try base.syncDirectory(path)
    }

    public func read(_ path: String, from offset: Int, count: Int) throws(DiskError) -> [UInt8] {
        try check(.read, path)
        return try base.read(path, from: offset, count: count)
    }

    public func size(_ path: String) throws(DiskError) -> Int {
        try check(.size, path)
        return try base.size(path)
    }

    public func list(_ path: String) throws(DiskError) -> [String] {
        try check(.list, path)
        return try base.list(path)
    }
}
