import Foundation
import GRDB

/// One open transaction on the ``Store``: the only way to read or change the database.
public struct Transaction: ~Copyable {
    private let database: Database

    init(_ database: Database) { self.database = database }

    /// Runs one statement; returns how many rows it changed.
    @discardableResult
    public func execute(_ sql: String, _ arguments: SQLValue...) throws(DurabilityError) -> Int {
        do {
            let statement = try database.cachedStatement(sql: sql)
            try statement.execute(arguments: StatementArguments(arguments.map(\.databaseValue)))
            return database.changesCount
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// All rows of a query.
    public func rows(_ sql: String, _ arguments: SQLValue...) throws(DurabilityError) -> [Row] {
        do {
            let statement = try database.cachedStatement(sql: sql)
            return try GRDB.Row.fetchAll(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
                .map(Row.init)
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// The first row of a query.
    public func row(_ sql: String, _ arguments: SQLValue...) throws(DurabilityError) -> Row? {
        do {
            let statement = try database.cachedStatement(sql: sql)
            return try GRDB.Row.fetchOne(statement, arguments: StatementArguments(arguments.map(\.databaseValue)))
                .map(Row.init)
        } catch {
            throw DurabilityError(database: error)
        }
    }

    /// The key of the row that was inserted last.
    public var lastInsertedRowID: Int64 { database.lastInsertedRowID }

    /// Owes the journal an entry: it becomes durable with this transaction, and the journal's writer appends it after.
    public func oweJournal(_ entry: [UInt8]) throws(DurabilityError) {
        try execute("INSERT INTO journal_outbox (entry) VALUES (?)", .blob(entry))
    }

    /// Runs `body` so that its failure undoes only what it did itself.
    public func savepoint(_ body: (borrowing Transaction) throws -> Void) throws {
        var failure: (any Error)?
        try database.inSavepoint {
            do {
                try body(Transaction(database))
                return .commit
            } catch {
                failure = error
                return .rollback
            }
        }
        if let failure { throw failure }
    }
}

extension SQLValue {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }
}

extension Row {
    init(_ row: GRDB.Row) {
        var values: [String: SQLValue] = [:]
        for (column, value) in row {
            values[column] =
                switch value.storage {
                case .null: .null
                case .int64(let value): .integer(value)
                case .double(let value): .real(value)
                case .string(let value): .text(value)
                case .blob(let value): .blob(Array(value))
                }
        }
        self.values = values
    }
}
