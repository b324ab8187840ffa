import Durability
import Foundation

/// What stands still on purpose, for planned downtime: kept in the database, so that a restart does not end it.
enum PauseBook {
    /// Parts of the gateway that can be paused.
    enum Part: String, Sendable, CaseIterable {
        /// New associations are refused for now; what is under way ends.
        case reception
        /// Images wait before they are looked at.
        case analysis
        /// Results wait before they are sent.
        case delivery
    }

    struct Pause: Sendable, Codable, Hashable {
        /// Milliseconds since 1970.
        let at: Int64
        let by: String
    }

    private static let prefix = "pause "

    /// `nil` if the part works.
    static func pause(of part: Part, in transaction: borrowing Transaction) throws -> Pause? {
        try pause(named: part.rawValue, in: transaction)
    }

    /// `nil` if the AE title is served; reception or delivery as a whole may be paused all the same.
    static func pause(ofAETitle name: String, in transaction: borrowing Transaction) throws -> Pause? {
        try pause(named: "ae " + name, in: transaction)
    }

    /// Every pause by what is paused: `reception`, `ae PACS1`.
    static func all(in transaction: borrowing Transaction) throws -> [(what: String, pause: Pause)] {
        try transaction.rows("SELECT name, value FROM fact WHERE name LIKE 'pause %' ORDER BY name").compactMap { row in
            guard let name = row.text("name"), let value = row.text("value") else { return nil }
            return (String(name.dropFirst(prefix.count)), try JSONDecoder().decode(Pause.self, from: Data(value.utf8)))
        }
    }

    /// Returns whether that is new.
    static func set(_ what: String, _ pause: Pause, in transaction: borrowing Transaction) throws -> Bool {
        if try self.pause(named: what, in: transaction) != nil { return false }
        let value = String(decoding: try JSONEncoder.sorted.encode(pause), as: UTF8.self)
        try transaction.execute("INSERT INTO fact (name, value) VALUES (?, ?)", .text(prefix + what), .text(value))
        return true
    }

    /// Returns whether there was a pause.
    static func clear(_ what: String, in transaction: borrowing Transaction) throws -> Bool {
        try transaction.execute("DELETE FROM fact WHERE name = ?", .text(prefix + what)) > 0
    }

    private static func pause(named what: String, in transaction: borrowing Transaction) throws -> Pause? {
        guard
            let value = try transaction.row("SELECT value FROM fact WHERE name = ?", .text(prefix + what))?.text(
                "value")
        else { return nil }
        return try JSONDecoder().decode(Pause.self, from: Data(value.utf8))
    }
}
