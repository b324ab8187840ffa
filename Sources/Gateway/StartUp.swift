import Durability
import Foundation

/// What is put right before the gateway works: files that no row knows, rows that no file has.
enum StartUp {
    static func heal(directory: DataDirectory, store: Store, disk: any Disk) throws {
        let known = try store.read { transaction in
            Set(
                try transaction.rows(
                    "SELECT path FROM instance UNION ALL SELECT path FROM analysis UNION ALL SELECT path FROM result"
                ).compactMap { $0.text("path") })
        }
        // Never acknowledged: they died between the file and the row.
        for file in try files(below: "instances", in: directory, disk: disk) where !known.contains(file) {
            try disk.unlink(directory.file(file))
        }
        for file in try files(below: "outbox", in: directory, disk: disk) where !known.contains(file) {
            try disk.unlink(directory.file(file))
        }
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
