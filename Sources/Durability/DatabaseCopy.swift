import GRDB

/// A copy of the database as it was at one moment, made while others read and write.
///
/// It is one file without a write-ahead log, and without the free pages of the original: what was deleted is not in it.
/// Source: sqlite.org/lang_vacuum.html, "VACUUM with an INTO clause".
public final class DatabaseCopy: Sendable {
    private let store: Store

    /// Opens a copy as it is; its schema may be an older one, or one that this version does not know.
    public init(path: String) throws(DurabilityError) { store = try Store(unmigrated: path) }

    /// Copies the database at `path` to `target`, which must not be there, and makes the copy durable.
    public static func make(
        of path: String, at target: String, disk: any Disk = RealDisk()
    ) throws -> DatabaseCopy {
        // Made first, so that it is its owner's alone: SQLite fills an empty file.
        let file = try disk.createFile(target)
        do {
            try Store(unmigrated: path).outsideTransaction("VACUUM INTO ?", [target])
            try disk.syncData(file)
        } catch {
            try disk.close(file)
            try disk.unlink(target)
            throw error
        }
        try disk.close(file)
        return try DatabaseCopy(path: target)
    }

    /// Runs `body` on the copy.
    public func read<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        try store.read(body)
    }

    /// Whether a later version of the gateway has changed it.
    public func isNewer() throws(DurabilityError) -> Bool {
        do {
            return try store.superseded()
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// Leaves one file: what a reader of the copy has put beside it goes.
    public func settle() throws(DurabilityError) {
        try store.outsideTransaction("PRAGMA journal_mode = DELETE")
    }
}

extension Store {
    fileprivate func superseded() throws -> Bool { try queue.read(Schema.migrator.hasBeenSuperseded) }
}
