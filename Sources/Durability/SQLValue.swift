/// A value that goes into or comes out of the database.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    public static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    public static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
    public static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
}

/// One row of a result, by column name.
public struct Row: Sendable {
    let values: [String: SQLValue]

    public subscript(_ column: String) -> SQLValue { values[column] ?? .null }

    /// The column as text; `nil` for NULL and every other type.
    public func text(_ column: String) -> String? {
        if case .text(let value) = self[column] { value } else { nil }
    }

    public func integer(_ column: String) -> Int64? {
        if case .integer(let value) = self[column] { value } else { nil }
    }

    public func real(_ column: String) -> Double? {
        switch self[column] {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    public func blob(_ column: String) -> [UInt8]? {
        if case .blob(let value) = self[column] { value } else { nil }
    }
}
