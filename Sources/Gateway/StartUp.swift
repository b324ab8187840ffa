import Durability
import Foundation

/// What is put right before the gateway works: files that no row knows, rows that no file has.
enum StartUp {
    static func heal(directory: DataDirectory, store: Store, disk: any Disk) throws {
        let found = try ["instances", "outbox"].flatMap { try files(below: $0, in: directory, disk: disk) }
        let strangers = try store.read { transaction in
            try found.filter { try !isExpected($0, in: transaction) }
        }
        // As a rule there are none, and a long history is not read at every start.
        guard !strangers.isEmpty else { return }
        let known = try store.read { transaction in
            Set(
                try transaction.rows(
                    "SELECT path FROM instance UNION ALL SELECT path FROM analysis UNION ALL SELECT path FROM result"
                ).compactMap { $0.text("path") })
        }
        // Never acknowledged: they died between the file and the row.
        for file in strangers where !known.contains(file) { try disk.unlink(directory.file(file)) }
    }

    /// Whether the row that a file is named after knows it. A file is called by the identifier of its row.
    private static func isExpected(_ path: String, in transaction: borrowing Transaction) throws -> Bool {
        let name = path.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? ""
        return try transaction.row(
            """
            SELECT 1 FROM instance WHERE id = ?1 AND path = ?2
            UNION ALL SELECT 1 FROM analysis WHERE instance = ?1 AND path = ?2
            UNION ALL SELECT 1 FROM result WHERE id = ?1 AND path = ?2 LIMIT 1
            """, .text(name), .text(path)) != nil
    }

    private static func files(below folder: String, in directory: DataDirectory, disk: any Disk) throws -> [String] {
        var found: [String] = []
        var folders = [folder]
        while let folder = folders.popLast() {
            for name in try disk.list(directory.file(folder)) {
                let path = "\(folder)/\(name)"
                if name.contains(".") { found.append(path) } else { folders.append(path) }
            }
        }
        return found
    }
}
