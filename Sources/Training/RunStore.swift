import Durability
import Foundation

/// The folder in which every training has a folder of its own. Files appear whole or not at all.
public struct RunStore: Sendable {
    private let root: String
    private let disk: any Disk
    /// Whether a process is still there.
    private let isAlive: @Sendable (Int32) -> Bool

    public static let recordName = "run.json"
    public static let checkpointName = "checkpoint.bin"

    public init(root: String, disk: any Disk, isAlive: @escaping @Sendable (Int32) -> Bool) {
        self.root = root
        self.disk = disk
        self.isAlive = isAlive
    }

    /// Makes a folder `yyyymmdd-hhmmss-name` for a new run; a number follows where it is taken.
    public func create(
        name: String, at time: Date, version: String, configuration: TrainingConfiguration, process: Int32
    ) throws(TrainingError) -> RunFolder {
        guard RunStore.isName(name) else {
            throw .badConfiguration(problems: ["name: letters, digits, '.', '_' and '-', at most 64"])
        }
        let stamp = time.formatted(.iso8601)
        let digits = stamp.filter(\.isNumber)
        let base = "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(name)"
        return try written {
            try makeDirectories(root)
            for attempt in 1...1000 {
                let id = attempt == 1 ? base : "\(base)-\(attempt)"
                try disk.makeDirectory("\(root)/\(id)")
                // Two processes in one second: the file that may not exist decides.
                do throws(DiskError) {
                    try disk.close(try disk.createFile("\(root)/\(id)/claim"))
                } catch {
                    guard error.isExisting else { throw error }
                    continue
                }
                let record = try RunRecord(
                    id: id, name: name, started: stamp, version: version, configuration: configuration, process: process
                )
                let run = RunFolder(folder: "\(root)/\(id)", record: record, disk: disk)
                try run.write("config.yaml", Array(TrainingFile.text(configuration).utf8))
                try run.keep(record)
                return run
            }
            throw TrainingError.cannotWrite
        }
    }

    /// A run that is there. Throws `noRun`.
    public func open(_ id: String) throws(TrainingError) -> RunFolder {
        guard RunStore.isName(id), let bytes = try? disk.read("\(root)/\(id)/\(RunStore.recordName)"),
            var record = try? JSONDecoder().decode(RunRecord.self, from: Data(bytes)), record.id == id
        else { throw .noRun }
        if record.state == .running, !isAlive(record.process) { record.state = .interrupted }
        return RunFolder(folder: "\(root)/\(id)", record: record, disk: disk)
    }

    /// All runs, the oldest first.
    public func list() -> [RunRecord] {
        guard let names = try? disk.list(root) else { return [] }
        return names.sorted().compactMap { try? open($0).record }
    }

    private func makeDirectories(_ path: String) throws(DiskError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/\(part)"
            try disk.makeDirectory(made)
        }
    }

    /// Names become parts of paths: no separators, nothing hidden.
    static func isName(_ name: String) -> Bool {
        (1...120).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || [0x2D, 0x2E, 0x5F].contains($0)
            }
    }
}
