import Glibc

/// A system call that failed. Says which one, on what sort of file, and the `errno`; never a whole path.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operation of `Disk` that failed.
    public enum Operation: String, Sendable {
        case create, open, write, truncate, sync, close, rename, unlink, makeDirectory, syncDirectory, read, size, list
    }

    public let operation: Operation
    public let errno: Int32
    /// The last part of the path if it is one of our plain names, else `file`.
    public let name: String

    public init(_ operation: Operation, errno: Int32, path: String) {
        self.operation = operation
        self.errno = errno
        let last = path.split(separator: "/").last ?? ""
        let isPlain = last.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x2D
        }
        name = isPlain && (1...64).contains(last.utf8.count) ? String(last) : "file"
    }

    /// Stable for ever. `DUR-102` for a full disk, `DUR-103` for a file that is not there, else `DUR-101`.
    public var code: String {
        switch errno {
        case ENOSPC, EDQUOT: "DUR-102"
        case ENOENT: "DUR-103"
        default: "DUR-101"
        }
    }

    public var description: String {
        let action =
            switch errno {
            case ENOSPC, EDQUOT: "free space under the data directory"
            case ENOENT: "restore the file"
            default: "look at the disk and at the permissions of the data directory"
            }
        return "\(code): \(operation.rawValue) of \(name) failed (errno \(errno)); \(action)"
    }

    /// The name is taken.
    public var isExisting: Bool { errno == EEXIST }
    /// There is nothing of that name.
    public var isMissing: Bool { errno == ENOENT }

    static var badDescriptor: Int32 { EBADF }
}
