import GRDB

/// What the disk or the database refused.
public enum DurabilityError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `DUR-001`: SQLite reported a fault; the code is SQLite's extended result code.
    case database(code: Int)
    /// `DUR-002`: the disk or the database is full.
    case full
    /// `DUR-003`: another process held the database too long.
    case busy
    /// `DUR-004`: a system call failed on a file of ours.
    case file(operation: String, errno: Int32)
    /// `DUR-005`: another gateway or command already works on this data directory.
    case locked
    /// `DUR-006`: the transaction was rolled back because the one that carried it could not be committed.
    case notCommitted
    /// `DUR-007`: a newer version of the gateway has changed the database; this one does not know what it means.
    case newerSchema

    init(database error: any Error) {
        guard let error = error as? DatabaseError else {
            self = .database(code: 1)
            return
        }
        switch error.resultCode {
        case .SQLITE_FULL: self = .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        default: self = .database(code: Int(error.extendedResultCode.rawValue))
        }
    }

    public var code: String {
        switch self {
        case .database: "DUR-001"
        case .full: "DUR-002"
        case .busy: "DUR-003"
        case .file: "DUR-004"
        case .locked: "DUR-005"
        case .notCommitted: "DUR-006"
        case .newerSchema: "DUR-007"
        }
    }

    public var description: String {
        switch self {
        case .database(let code):
            "\(self.code): the database reported fault \(code); check the disk, then run `cxrgate check`"
        case .full: "\(code): the disk is full; free space under the data directory"
        case .busy: "\(code): the database is held by another process; try again"
        case .file(let operation, let errno): "\(code): \(operation) failed on a file of the gateway (errno \(errno))"
        case .locked: "\(code): another gateway or command works on this data directory; stop it, or use its socket"
        case .notCommitted: "\(code): the group of transactions could not be committed; nothing of it was kept"
        case .newerSchema:
            "\(code): the database was written by a newer version of cxrgate; install that version, or restore the "
                + "backup that was made before the upgrade"
        }
    }
}
