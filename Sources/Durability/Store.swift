import GRDB

/// The gateway's database: SQLite in WAL mode, every commit synced (`synchronous=FULL`), deleted content overwritten.
///
/// Several processes of one gateway open it at once. Writers take the lock at the start of their transaction, so that
/// the order of commits is the order of the journal's outbox.
/// Source: sqlite.org/wal.html, sqlite.org/pragma.html.
public final class Store: Sendable {
    let queue: DatabaseQueue

    /// How long a writer waits for another process, in seconds. Transactions are short; more than this is a fault.
    private static let busyTimeoutSeconds = 10.0

    /// Opens the database at `path`, creating it and bringing its schema up to date. Throws `newerSchema` rather than
    /// touch what a later version has written.
    public init(path: String) throws(DurabilityError) {
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            if try queue.read(Schema.migrator.hasBeenSuperseded) { throw DurabilityError.newerSchema }
            try Schema.migrator.migrate(queue)
        } catch let error as DurabilityError {
            throw error
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// Opens a database that is there as it is: its schema stays what it was.
    init(unmigrated path: String) throws(DurabilityError) {
        do {
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
        } catch {
            throw DurabilityError(database: error)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA secure_delete = ON")
            // What SQLite sets aside during a statement would otherwise lie in the system's temporary folder.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    /// Runs statements that SQLite takes outside of a transaction only.
    func outsideTransaction(_ sql: String, _ arguments: StatementArguments = []) throws(DurabilityError) {
        do {
            try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// Runs `body` in one transaction. When this returns, what it wrote survives a power cut; when it throws, nothing
    /// of it remains.
    public func write<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        try translated {
            try queue.write { try body(Transaction($0)) }
        }
    }

    /// Runs `body` on a consistent view of the database; what it wrote, if it did, is undone.
    public func read<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        // Not GRDB's `read`: the pragma by which that forbids writing makes SQLite compile every statement anew.
        try translated {
            try queue.unsafeRead { database in
                try database.beginTransaction(.deferred)
                defer { if database.isInsideTransaction { try? database.rollback() } }
                return try body(Transaction(database))
            }
        }
    }

    /// Brings everything into the database file and empties the write-ahead log, so that no older copy of a row is left
    /// in it. Returns `false` if another process was reading; try again.
    public func truncateLog() throws -> Bool {
        try translated {
            try queue.writeWithoutTransaction { database in
                let row = try GRDB.Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                return row?[0] == 0
            }
        }
    }

    private func translated<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw DurabilityError(database: error)
        }
    }
}
