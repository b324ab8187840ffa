import Durability
import Foundation
import Journal
import Sealing
import Testing

@testable import Gateway

/// An installation with two delivered-to-nobody studies, and a backup of it.
private struct Kept {
    let path: PathInOneProcess
    let backup: String
    var answer = JSONValue.null

    init(isLinking: Bool = false) throws {
        path = try PathInOneProcess()
        try path.receive(seed: 1)
        try path.work()
        try path.receive(seed: 2)
        backup = path.folder + "-backup"
        answer = try Backup(configuration(path.folder), to: backup, isLinking: isLinking).make()
    }

    func configuration(_ folder: String) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.dataDirectory = folder
        return configuration
    }

    /// A data directory with the keys alone.
    func empty(_ name: String) throws -> GatewayConfiguration {
        let folder = "\(path.folder)-\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path.directory.keys, toPath: folder + "/keys")
        return configuration(folder)
    }

    func edit(_ name: String, _ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: "\(backup)/\(name)")
        var data = try Data(contentsOf: url)
        change(&data)
        try data.write(to: url)
    }
}

@Suite struct BackupTests {
    @Test(
        "a backup is whole, holds no key, and is brought back with everything opened and verified",
        arguments: [false, true])
    func wholeWay(isLinking: Bool) throws {
        let kept = try Kept(isLinking: isLinking)
        let found = try BackupFiles.below("instances", in: kept.backup, disk: RealDisk())
        #expect(found.count >= 2 && kept.answer["files"].number ?? 0 >= 4)
        #expect(try !RealDisk().list(kept.backup).contains("keys"))
        #expect(kept.answer["escrowed"] == .bool(false))
        let configuration = try kept.empty("restored")
        let answer = try Restore(configuration, from: kept.backup).perform()
        #expect(answer["missing"].number == 0 && answer["opened"].number == 1)
        #expect(answer["journalVerified"] == .bool(true))
        // The journal of the copy, what the database still owed, and the entries about the restore itself.
        #expect(answer["journalEntries"].number ?? 0 > kept.answer["journalEntries"].number ?? 0)
        let entries = try JournalReader(directory: configuration.dataDirectory + "/journal").entries()
        #expect(entries.contains { $0.event.details["what"] == "restored from a backup" })
        #expect(entries.contains { $0.event.details["for"] == "proof of a restore" })
        // No second installation comes over the first.
        #expect(throws: BackupError.directoryInUse) { try Restore(configuration, from: kept.backup).perform() }
        #expect(throws: BackupError.targetInUse) {
            try Backup(kept.configuration(kept.path.folder), to: kept.backup).make()
        }
    }

    @Test("what is damaged, cut short, newer, or sealed to other keys is refused, and nothing is left of the try")
    func refused() throws {
        let kept = try Kept()
        let other = kept.configuration(kept.path.folder + "-other")
        _ = try KeyRing.initialize(other)
        for name in ["gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm"] {
            try? FileManager.default.removeItem(atPath: other.dataDirectory + "/" + name)
        }
        try FileManager.default.removeItem(atPath: other.dataDirectory + "/journal")
        #expect(throws: BackupError.otherKeys) { try Restore(other, from: kept.backup).perform() }
        let none = kept.configuration(kept.path.folder + "-none")
        #expect(throws: GatewayError.self) { try Restore(none, from: kept.backup).perform() }

        let configuration = try kept.empty("refused")
        func refusal(_ expected: BackupError, _ name: String, _ change: (inout Data) -> Void) throws {
            let original = try Data(contentsOf: URL(fileURLWithPath: "\(kept.backup)/\(name)"))
            try kept.edit(name, change)
            #expect(throws: expected) { try Restore(configuration, from: kept.backup).perform() }
            try original.write(to: URL(fileURLWithPath: "\(kept.backup)/\(name)"))
        }
        let image = try #require(BackupFiles.below("instances", in: kept.backup, disk: RealDisk()).first)
        try refusal(.damaged(files: 1), image) { $0[$0.count / 2] ^= 1 }
        try refusal(.damaged(files: 1), "gateway.sqlite") { $0[$0.count - 1] ^= 1 }
        try refusal(.newer, "backup.json") { $0 = Data(#"{"format": 2}"#.utf8) }
        try refusal(.incomplete, "backup.json") { $0 = Data("{".utf8) }
        _ = try Restore(configuration, from: kept.backup).perform()
    }

    @Test("a restore that any operation of the disk cuts short starts nothing, and the same command ends it")
    func cutShort() throws {
        let kept = try Kept()
        var failures = 0
        for number in 0... {
            let configuration = try kept.empty("cut-\(number)")
            let disk = FaultyDisk(RealDisk(), failing: number)
            do {
                _ = try Restore(configuration, from: kept.backup, disk: disk).perform()
            } catch {
                failures += 1
                let directory = DataDirectory(configuration.dataDirectory)
                let names = try RealDisk().list(directory.path)
                if names.contains(RestoreMark.name) {
                    #expect(throws: BackupError.halfRestored) { try JournalOffice(directory: directory) }
                }
                if names.contains("gateway.sqlite"), !names.contains(RestoreMark.name) {
                    // It was whole before the failure.
                    _ = try JournalOffice(directory: directory)
                } else {
                    let answer = try Restore(configuration, from: kept.backup).perform()
                    #expect(answer["missing"].number == 0)
                }
            }
            if !disk.hasFailed { break }
        }
        #expect(failures > 20)
    }

    @Test("a study that was shredded after the backup is shredded again, though the backup has it under legal hold")
    func shreddedSince() throws {
        let kept = try Kept()
        let study = try #require(
            try kept.path.store.read { try $0.row("SELECT id FROM study ORDER BY id")?.text("id") }
                .flatMap { StudyID($0) })
        let configuration = try kept.empty("shredded")
        _ = try Door.alone(kept.configuration(kept.path.folder)) { administration in
            try administration.shredder.shred(study, actor: "a", approvedBy: "b", reason: "test")
        }
        let certificates = kept.path.directory.shredded
        let answer = try Restore(configuration, from: kept.backup, shredded: certificates).perform()
        #expect(answer["instances"]["shredded"].number == 1)
        let restored = try Store(path: configuration.dataDirectory + "/gateway.sqlite")
        let keys = try restored.read { try $0.rows("SELECT * FROM study_key WHERE study = ?", .text("\(study)")) }
        #expect(keys.isEmpty)
        // A certificate that nobody signed destroys nothing.
        try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(certificates)/\(study).json"))
        let another = try kept.empty("forged")
        #expect(throws: BackupError.forgedCertificate) {
            try Restore(another, from: kept.backup, shredded: certificates).perform()
        }
    }
}
