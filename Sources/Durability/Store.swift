import GRDB

/// The gateway's database: SQLite in WAL mode, every commit synced (`synchronous=FULL`), deleted content overwritten.
///
/// Several processes of one gateway open it at once. Writers take the lock at the start of their transaction, so that
/// the order of commits is the order of the journal's outbox.
/// Source: sqlite.org/wal.html, sqlite.org/pragma.html.
public final class Store: Sendable {
    private let queue: DatabaseQueue

    /// How long a writer waits for another process, in seconds. Transactions are short; more than this is a fault.
    private static let busyTimeoutSeconds = 10.0

    /// Opens the database at `path`, creating it and bringing its schema up to date.
    public init(path: String) throws(DurabilityError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA secure_delete = ON")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Schema.migrator.migrate(queue)
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

    /// Runs `body` on a consistent view of the database.
    public func read<Result>(_ body: (borrowing Transaction) throws -> Result) throws -> Result {
        try translated {
            try queue.read { try body(Transaction($0)) }
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
