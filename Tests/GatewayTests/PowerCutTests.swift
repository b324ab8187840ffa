import DICOMCore
import Durability
import Foundation
import Journal
import Passage
import Sealing
import Testing

@testable import Gateway

/// A killed process keeps the page cache; a machine without power does not. Every operation of a run is replayed up to
/// each point, without what no sync had made durable, and the gateway starts from what is left.
@Suite struct PowerCutTests {
    /// The run that is replayed: images arrive, are analysed, and their results wait in the outbox.
    private static func recorded() throws -> PathInOneProcess {
        let path = try PathInOneProcess()
        try path.receive(seed: 1)
        try path.receive(seed: 2)
        try path.work()
        try path.receive(seed: 3)
        try path.work()
        return path
    }

    @Test func noSuccessIsLostAtAnyPoint() throws {
        let path = try Self.recorded()
        let log = path.disk.operations
        #expect(path.successes.count == 3)
        for cut in 0...log.count {
            let losses = try PowerCut(path, log: Array(log.enumerated()), at: cut).losses()
            #expect(losses == [], "power cut after operation \(cut) of \(log.count)")
        }
    }

    @Test func everySyncIsNeeded() throws {
        let path = try Self.recorded()
        let log = Array(path.disk.operations.enumerated())
        let sites = Dictionary(grouping: log.filter { SyncSite($0.element, in: log) != nil }) {
            SyncSite($0.element, in: log)
        }
        #expect(sites.count >= 6)
        for (site, syncs) in sites {
            // The performance log is a copy that the database gives up after fifty records: its own tests cut its power.
            guard let site, !site.isOfPerformanceLog else { continue }
            let removed = Set(syncs.map(\.offset))
            let mutilated = log.filter { !removed.contains($0.offset) }
            let isNoticed = try (0...log.count).contains { cut in
                try !PowerCut(path, log: mutilated, at: cut).losses().isEmpty
            }
            #expect(isNoticed, "nobody misses the sync of \(site)")
        }
    }
}

/// A place in the code that syncs: what it syncs, told by the path.
private struct SyncSite: Hashable, CustomStringConvertible {
    let description: String
    var isOfPerformanceLog: Bool { description.contains(" logs") }

    init?(_ operation: DiskOperation, in log: [(offset: Int, element: DiskOperation)]) {
        switch operation {
        case .syncDirectory(let path):
            let depth = path.split(separator: "/").count
            description = "directory \(path.split(separator: "/").first ?? ".") at depth \(depth)"
        case .syncData(let file):
            let name =
                log.lazy.compactMap { entry -> String? in
                    switch entry.element {
                    case .createFile(let path, file), .openFile(let path, file): path
                    default: nil
                    }
                }.first ?? "?"
            let kind = name.contains(".result.") ? "analyses" : String(name.split(separator: "/").first ?? "?")
            description = "data of \(kind)"
        default: return nil
        }
    }
}

/// One power cut, and what the gateway finds when it starts again.
private struct PowerCut {
    private let path: PathInOneProcess
    private let log: [(offset: Int, element: DiskOperation)]
    private let cut: Int

    init(_ path: PathInOneProcess, log: [(offset: Int, element: DiskOperation)], at cut: Int) {
        self.path = path
        self.log = log
        self.cut = cut
    }

    /// Everything that should be there and is not. Errors are losses: a gateway that does not start has lost all.
    func losses() throws -> [String] {
        let folder = NSTemporaryDirectory() + "cxrgate-cut-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let directory = DataDirectory(folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let before = log.prefix { $0.offset < cut }.map(\.element)
        try DiskReplay.materialize(before, upTo: before.count, into: folder)
        try? FileManager.default.removeItem(atPath: directory.keys)
        try FileManager.default.copyItem(atPath: path.directory.keys, toPath: directory.keys)
        guard let snapshot = path.snapshots.last(where: { $0.operations <= cut }) else { return [] }
        for (name, bytes) in snapshot.database {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        do {
            try directory.create()
            let office = try JournalOffice(directory: directory)
            try StartUp.heal(directory: directory, store: office.store, disk: office.disk)
            return try missing(office, directory)
        } catch {
            return ["the gateway does not start: \(error)"]
        }
    }

    private func missing(_ office: JournalOffice, _ directory: DataDirectory) throws -> [String] {
        var losses: [String] = []
        _ = try JournalVerifier.verify(directory: directory.journal, key: office.verifyingKey, isLive: true)
        var journalled: Set<String> = []
        try JournalReader(directory: directory.journal).forEach { entry in
            if entry.event.kind == .receive, let subject = entry.event.subject { journalled.insert(subject) }
            return true
        }
        let pseudonyms = try path.ring.secrets(for: .reception).pseudonym()
        for success in path.successes where success.operations <= cut {
            let token = try pseudonyms.token(Array(success.sopInstanceUID.value.utf8), purpose: "sop instance")
            let row = try office.store.read { try $0.row("SELECT id FROM instance WHERE uid_token = ?", .text(token)) }
            guard let id = row?.text("id") else {
                losses.append("a Success has no row")
                continue
            }
            if !journalled.contains(id) { losses.append("a Success is not in the journal") }
        }
        return try losses + unreadable(office, directory)
    }

    /// Every file that the database names opens to its end.
    private func unreadable(_ office: JournalOffice, _ directory: DataDirectory) throws -> [String] {
        let rows = try office.store.read { transaction in
            try transaction.rows(
                """
                SELECT id, study, path, 'image' AS kind FROM instance
                UNION ALL SELECT instance, instance.study, analysis.path, 'result' FROM analysis
                    JOIN instance ON instance.id = analysis.instance
                UNION ALL SELECT id, study, path, 'identity' FROM result
                """)
        }
        return try rows.compactMap { row in
            guard let id = row.text("id").flatMap({ ObjectID($0) }),
                let study = row.text("study").flatMap({ StudyID($0) }),
                let file = row.text("path"), let kind = row.text("kind").flatMap(StudyKeyClass.init),
                let keys = try StudyRows.keys(of: study, in: office.store)
            else { return "a row that cannot be read" }
            let role: Role = kind == .image ? .analysis : .filing
            let sealedKind: SealedKind = kind == .image ? .image : kind == .result ? .result : .other
            do {
                _ = try SealedFiles.read(
                    directory.file(file), context: SealedContext(kind: sealedKind, object: id, study: study),
                    with: try path.ring.secrets(for: role).open(keys, class: kind))
                return nil
            } catch {
                return "a file of kind \(kind.rawValue) does not open"
            }
        }
    }
}
