/// Every operation by which durable bytes of ours come to the disk. A parameter wherever order or failure matters:
/// `RealDisk` in the product; `RecordingDisk`, `DiskReplay` and `FaultyDisk` to prove what survives.
///
/// Synchronous, callable from any thread. One handle belongs to one thread at a time. After a failed `syncData` the
/// state of a file is unknown: never try again, give the file up.
public protocol Disk: Sendable {
    /// Makes a file that must not exist, mode 0600, open for appending.
    func createFile(_ path: String) throws(DiskError) -> DiskHandle
    /// Opens a file that must exist, for appending.
    func openFile(_ path: String) throws(DiskError) -> DiskHandle
    /// Appends all the bytes, or throws; how many of them then lie in the file is unknown.
    func write(_ bytes: UnsafeRawBufferPointer, to file: DiskHandle) throws(DiskError)
    /// Cuts an open file to a length in bytes.
    func truncate(_ file: DiskHandle, to length: Int) throws(DiskError)
    /// Lets the machine begin to write what `write` has given it, so that there is less to wait for in `syncData`.
    /// Promises nothing.
    func startWriting(_ file: DiskHandle)
    /// Returns when the bytes of the file, not its name, would survive a power cut.
    func syncData(_ file: DiskHandle) throws(DiskError)
    func close(_ file: DiskHandle) throws(DiskError)
    /// Gives a file another name, over a file that has it.
    func rename(_ path: String, to newPath: String) throws(DiskError)
    func unlink(_ path: String) throws(DiskError)
    /// Makes a directory, mode 0700. Its parent must exist; that it exists already is no error.
    func makeDirectory(_ path: String) throws(DiskError)
    /// Returns when the names in a directory would survive a power cut.
    func syncDirectory(_ path: String) throws(DiskError)
    /// At most `count` bytes from `offset` on; fewer only at the end of the file.
    func read(_ path: String, from offset: Int, count: Int) throws(DiskError) -> [UInt8]
    /// Bytes of a file.
    func size(_ path: String) throws(DiskError) -> Int
    /// The names in a directory, sorted, without `.` and `..`.
    func list(_ path: String) throws(DiskError) -> [String]
}

/// An open file. Only the disk that gave it knows what the number means.
public struct DiskHandle: Sendable, Hashable {
    public let number: Int32

    public init(number: Int32) { self.number = number }
}

extension Disk {
    /// Appends all the bytes, or throws.
    public func write(_ bytes: [UInt8], to file: DiskHandle) throws(DiskError) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(DiskError) in
            try unsafe write(UnsafeRawBufferPointer(buffer), to: file)
        }
    }

    /// The whole file.
    public func read(_ path: String) throws(DiskError) -> [UInt8] {
        try read(path, from: 0, count: size(path))
    }
}
