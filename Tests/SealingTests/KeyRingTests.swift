import Foundation
import Synchronization
import Testing

@testable import Sealing

@Suite struct KeyRingTests {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/keys" }

    init() throws { temporary = try TemporaryDirectory() }

    private func mode(_ name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test("a new ring lies in files that only their owner can read, and loads again")
    func create() throws {
        let ring = try KeyRing.create(in: directory)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(
            names == [
                "analysis.key", "analysis.pub", "journal.key", "journal.pub", "patient.key", "patient.pub",
                "pseudonym.key", "result-uid.key", "results.key", "results.pub",
            ])
        for name in names + ["."] { #expect(try mode(name) & 0o077 == 0, "\(name)") }
        let loaded = try KeyRing.load(in: directory)
        #expect(loaded.publicKeys == ring.publicKeys)
        for role in Role.allCases { #expect(loaded.secrets(for: role) == ring.secrets(for: role)) }
    }

    @Test("a ring is not made twice, and one that was cut short is completed without changing a key")
    func completion() throws {
        let first = try KeyRing.create(in: directory)
        #expect(throws: SealingError.keyFileExists(name: "journal.pub")) { try KeyRing.create(in: directory) }
        for name in ["journal.pub", "results.pub", "pseudonym.key"] {
            try FileManager.default.removeItem(atPath: "\(directory)/\(name)")
        }
        #expect(throws: SealingError.keyFileMissing(name: "results.pub")) { try KeyRing.load(in: directory) }
        let second = try KeyRing.create(in: directory)
        #expect(second.publicKeys == first.publicKeys)
        #expect(second.journalVerifyingKey == first.journalVerifyingKey)
    }

    @Test("a ring that others may read is refused", arguments: ["analysis.key", "pseudonym.key", "journal.key", "."])
    func permissions(name: String) throws {
        _ = try KeyRing.create(in: directory)
        for mode in [0o640, 0o604, 0o660] {
            try FileManager.default.setAttributes(
                [.posixPermissions: name == "." ? mode | 0o110 : mode], ofItemAtPath: "\(directory)/\(name)")
            let error = #expect(throws: SealingError.self) { try KeyRing.load(in: directory) }
            #expect(error?.code == "SEA-022")
        }
    }

    @Test("files that hold something else, or halves that do not belong together, are refused")
    func malformed() throws {
        _ = try KeyRing.create(in: directory)
        let path = "\(directory)/pseudonym.key"
        for text in ["", "00", String(repeating: "z", count: 64), String(repeating: "0", count: 65)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            #expect(throws: SealingError.keyFileMalformed(name: "pseudonym.key")) { try KeyRing.load(in: directory) }
            _ = try KeyRing.load(in: directory, roles: [.analysis])
        }
        let manager = FileManager.default
        try manager.removeItem(atPath: path)
        try manager.removeItem(atPath: "\(directory)/journal.pub")
        _ = try KeyRing.create(in: directory)
        try manager.removeItem(atPath: "\(directory)/patient.pub")
        try manager.copyItem(atPath: "\(directory)/results.pub", toPath: "\(directory)/patient.pub")
        #expect(throws: SealingError.keysDisagree) { try KeyRing.load(in: directory, roles: [.filing, .analysis]) }
    }

    @Test("each role is handed its own secrets and no others, and they survive the hand-over")
    func roles() throws {
        let ring = try KeyRing.create(in: directory)
        for role in Role.allCases {
            let secrets = ring.secrets(for: role)
            #expect(secrets.pseudonyms.isEmpty == (role != .reception))
            #expect(secrets.analysisKeys.isEmpty == (role != .analysis))
            #expect(secrets.patientKeys.isEmpty == (role != .filing))
            #expect(secrets.resultsKeys.isEmpty == (role != .filing))
            #expect((secrets.resultUIDKey == nil) == (role != .filing))
            #expect((secrets.journalKey == nil) == (role != .supervisor))
            let decoded = try RoleSecrets(role: role, handed: KeyRing.files(for: role, in: directory))
            #expect(decoded == secrets)
            #expect(decoded.publicKeys == ring.publicKeys)
            #expect("\(secrets)" == "‹secrets of \(role.rawValue)›")
            // Loaded for one role alone, the ring holds nothing else.
            let own = try KeyRing.load(in: directory, roles: [role])
            #expect(own.secrets(for: role) == secrets)
            for other in Role.allCases where other != role && role != .filing {
                let foreign = own.secrets(for: other)
                #expect(foreign.analysisKeys.isEmpty && foreign.patientKeys.isEmpty && foreign.journalKey == nil)
            }
        }
    }

    @Test("a role is handed its own files and no other's, and without one of them it has no secrets")
    func handOver() throws {
        _ = try KeyRing.create(in: directory)
        try KeyRing.rotate(.patient, in: directory)
        let publics: Set = ["analysis.pub", "patient.pub", "results.pub", "journal.pub"]
        let expected: [Role: Set<String>] = [
            .reception: ["pseudonym.key"], .analysis: ["analysis.key"], .supervisor: ["journal.key"],
            .filing: ["patient.key", "patient.previous.key", "results.key", "result-uid.key"],
        ]
        for role in Role.allCases {
            let files = try KeyRing.files(for: role, in: directory)
            #expect(Set(files.map(\.name)) == publics.union(expected[role] ?? []))
            for name in expected[role] ?? [] where !name.contains("previous") {
                #expect(throws: SealingError.keyFileMissing(name: name)) {
                    try RoleSecrets(role: role, handed: files.filter { $0.name != name })
                }
            }
        }
    }

    @Test("a private key that the service manager brings goes before a file, and cannot be rotated here")
    func credentials() throws {
        _ = try KeyRing.create(in: directory)
        let credentials = temporary.path + "/credentials"
        try FileManager.default.createDirectory(atPath: credentials, withIntermediateDirectories: false)
        try FileManager.default.moveItem(atPath: "\(directory)/patient.key", toPath: "\(credentials)/patient.key")
        #expect(throws: SealingError.keyFileMissing(name: "patient.key")) { try KeyRing.load(in: directory) }
        let source = KeyDirectory(directory, credentials: credentials)
        let ring = try KeyRing.load(from: source, roles: [.filing])
        #expect(ring.patientKeys.count == 1)
        #expect(throws: SealingError.keyIsCredential(name: "patient.key")) {
            try KeyRing.rotate(.patient, in: source)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: "\(credentials)/patient.key")
        let error = #expect(throws: SealingError.self) { try KeyRing.load(from: source, roles: [.filing]) }
        #expect(error?.code == "SEA-022")
    }

    @Test("while a rotation lasts both keys open; afterwards only the new one")
    func rotation() throws {
        let old = try KeyRing.create(in: directory)
        let study = try context().study
        let before = try StudyKeys.make(study: study, roles: old.publicKeys)
        try KeyRing.rotate(.patient, in: directory)
        #expect(throws: SealingError.keyFileExists(name: "patient.previous.key")) {
            try KeyRing.rotate(.patient, in: directory)
        }
        let during = try KeyRing.load(in: directory).secrets(for: .filing)
        #expect(during.publicKeys.patient != old.publicKeys.patient)
        #expect(during.publicKeys.analysis == old.publicKeys.analysis)
        _ = try during.open(before, class: .identity)
        let rewrapped = try StudyKeys.rewrap(
            before, class: .identity, from: during.patientKeys[1], to: during.publicKeys.patient)
        try KeyRing.completeRotation(.patient, in: directory)
        let after = try KeyRing.load(in: directory).secrets(for: .filing)
        #expect(after.patientKeys.count == 1)
        _ = try after.open(rewrapped, class: .identity)
        #expect(throws: SealingError.wrongRecipient) { try after.open(before, class: .identity) }
        #expect(throws: SealingError.keyNotHeld) { try after.open(before, class: .image) }
    }

    /// A directory whose n-th change fails, counted from 0.
    private func failing(_ number: Int) -> KeyDirectory {
        let calls = Calls()
        return KeyDirectory(directory, credentials: nil) { () throws(SealingError) in
            if calls.next() == number { throw .fileSystem(name: "failing", errno: 28) }
        }
    }

    @Test("a rotation that is cut short at any change is completed or undone at start, and every study key opens")
    func rotationCutShort() throws {
        let made = try KeyRing.create(in: directory)
        var record = try StudyKeys.make(study: context().study, roles: made.publicKeys)
        var failures = 0
        for number in 0... {
            let before = try KeyRing.load(in: directory).publicKeys.results
            var isDone = false
            do throws(SealingError) {
                try KeyRing.rotate(.results, in: failing(number))
                isDone = true
            } catch {
                failures += 1
            }
            try KeyRing.heal(in: directory)
            let secrets = try KeyRing.load(in: directory).secrets(for: .filing)
            let hasChanged = secrets.publicKeys.results != before
            #expect(secrets.resultsKeys.count == (hasChanged ? 2 : 1))
            _ = try secrets.open(record, class: .result)
            if hasChanged {
                record = try StudyKeys.rewrap(
                    record, class: .result, from: secrets.resultsKeys[1], to: secrets.publicKeys.results)
                // The end of a rotation can be cut short too; the next start ends it.
                #expect(throws: SealingError.self) { try KeyRing.completeRotation(.results, in: failing(0)) }
                #expect(KeyRing.isRotating(.results, in: directory))
                try KeyRing.completeRotation(.results, in: directory)
            }
            let after = try KeyRing.load(in: directory).secrets(for: .filing)
            _ = try after.open(record, class: .result)
            let names = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(!names.contains { $0.contains("next") || $0.contains("previous") || $0.hasSuffix(".new") })
            if isDone { break }
        }
        #expect(failures >= 5)
    }

    @Test("a ring whose creation is cut short at any change is completed by calling again")
    func creationCutShort() throws {
        var changes = 0
        for number in 0... {
            do throws(SealingError) {
                _ = try KeyRing.create(in: failing(number))
                changes = number
            } catch {
                #expect(!KeyRing.exists(in: directory))
                _ = try KeyRing.create(in: directory)
            }
            _ = try KeyRing.load(in: directory)
            try FileManager.default.removeItem(atPath: directory)
            if changes > 0 { break }
        }
        #expect(changes == 10)
    }

    @Test("a journal key that is replaced is whole and loads after a crash at any change, and the old one is gone")
    func journalKeyCutShort() throws {
        let first = try KeyRing.create(in: directory).journalVerifyingKey
        for number in 0... {
            let before = try KeyRing.load(in: directory, roles: [.supervisor]).journalVerifyingKey
            let old = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/journal.key"))
            let next = try KeyRing.prepareJournalKey(in: directory).verifyingKey
            #expect(try KeyRing.nextJournalKey(in: directory)?.verifyingKey == next)
            var isDone = false
            do throws(SealingError) {
                try KeyRing.adoptNextJournalKey(in: failing(number))
                isDone = true
            } catch {
                try KeyRing.heal(in: directory)
            }
            let after = try KeyRing.load(in: directory, roles: [.supervisor]).journalVerifyingKey
            #expect(after == before || after == next)
            if after == before {
                // Not begun: the journal tells that its successor signs, and the start adopts it.
                #expect(try KeyRing.nextJournalKey(in: directory)?.verifyingKey == next)
                try KeyRing.adoptNextJournalKey(in: directory)
            }
            let ring = try KeyRing.load(in: directory, roles: [.supervisor])
            #expect(ring.journalVerifyingKey == next)
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                #expect(!name.contains("next") && !name.contains("previous"))
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)")) != old)
            }
            if isDone { break }
        }
        #expect(try KeyRing.load(in: directory, roles: []).journalVerifyingKey != first)
    }

    @Test("a successor that the journal never came to is destroyed")
    func discardedJournalKey() throws {
        let key = try KeyRing.create(in: directory).journalVerifyingKey
        _ = try KeyRing.prepareJournalKey(in: directory)
        try KeyRing.discardNextJournalKey(in: directory)
        #expect(try KeyRing.nextJournalKey(in: directory) == nil)
        #expect(try KeyRing.load(in: directory).journalVerifyingKey == key)
    }

    @Test("what was being written when the power went is removed at start")
    func leftovers() throws {
        _ = try KeyRing.create(in: directory)
        try Data("secret".utf8).write(to: URL(fileURLWithPath: "\(directory)/results.next.key.new"))
        try KeyRing.heal(in: directory)
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/results.next.key.new"))
    }

    @Test("a ring of an earlier version gets the file that filing needs, with the same UIDs as before")
    func derivedFile() throws {
        let ring = try KeyRing.create(in: directory)
        try FileManager.default.removeItem(atPath: "\(directory)/result-uid.key")
        try KeyRing.heal(in: directory)
        let key = try #require(try KeyRing.load(in: directory, roles: [.filing]).resultUIDKey)
        #expect(key == ring.resultUIDKey)
        #expect(key == ring.pseudonyms.last?.resultUIDKey)
    }

    @Test("destroying everything leaves the public halves and no secret")
    func destruction() throws {
        _ = try KeyRing.create(in: directory)
        _ = try KeyRing.addPseudonymEpoch(in: directory)
        try KeyRing.rotate(.analysis, in: directory)
        try KeyRing.destroyEverything(in: directory)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(names.sorted() == ["analysis.pub", "journal.pub", "patient.pub", "results.pub"])
    }

    @Test("a new epoch of the pseudonym key comes behind the old ones, which stay")
    func epochs() throws {
        let first = try KeyRing.create(in: directory).secrets(for: .reception)
        #expect(try KeyRing.addPseudonymEpoch(in: directory) == 2)
        let second = try KeyRing.load(in: directory).secrets(for: .reception)
        #expect(second.pseudonyms.map(\.epoch) == [1, 2])
        #expect(try second.pseudonym().epoch == 2)
        #expect(try second.pseudonyms[0].studyID("1.2.3") == first.pseudonym().studyID("1.2.3"))
        #expect(try second.pseudonym().studyID("1.2.3") != first.pseudonym().studyID("1.2.3"))
    }
}

/// Counts calls from 0.
private final class Calls: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            defer { count += 1 }
            return count
        }
    }
}
