import Durability
import Foundation
import Sealing
import Testing

@testable import Journal

/// The vectors of `Conformance/Formats/vectors/journal`: a change of the format shows as a difference here, and a
/// verifier in another language proves itself against them. `CXR_RENEW_GOLDENS=1` writes them anew, and fails.
@Suite struct JournalVectorTests {
    struct Vector: Codable {
        /// The folder with the segments.
        var name: String
        /// `ok`, or the kind of damage.
        var expect: String
        var segment: Int?
        var index: UInt64?
        var offset: Int?
        var entries: UInt64?
        var root: String?
        /// The verifying key, 64 hexadecimal digits.
        var key: String
        /// Notes of checkpoints that were kept elsewhere.
        var against: [String]
    }

    typealias Segments = [String: [UInt8]]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Conformance/Formats/vectors/journal")

    private let temporary: TemporaryDirectory

    init() throws { temporary = try TemporaryDirectory() }

    private func read(_ directory: String) throws -> Segments {
        var segments: Segments = [:]
        for name in try RealDisk().list(directory) { segments[name] = try [UInt8](file: "\(directory)/\(name)") }
        return segments
    }

    /// The journals: name, segments, key seed, checkpoints to compare with.
    private func journals() throws -> [(String, Segments, UInt8, [Checkpoint])] {
        let directory = temporary.path + "/good"
        let checkpoints = try fill(directory, groups: [1, 2, 1, 3], segmentBytes: 1100)
        let good = try read(directory)
        let first = "00000000.cxrj"
        let second = "00000001.cxrj"
        let last = [checkpoints[3]]
        func changing(_ name: String, _ change: (inout [UInt8]) -> Void) throws -> Segments {
            var segments = good
            var bytes = try #require(good[name])
            change(&bytes)
            segments[name] = bytes
            return segments
        }
        let places = frames(try #require(good[first]))
        let later = frames(try #require(good[second]))
        _ = try fill(temporary.path + "/empty", groups: [])
        let entry = places[1]
        let note = places[2]
        let forged = Array("\n— \(origin) AAAA\n".utf8)
        let rotated = try rotatedJournals()
        return rotated + [
            ("good", good, 1, checkpoints),
            ("good-empty", try read(temporary.path + "/empty"), 1, []),
            ("good-older-checkpoint", good, 1, [checkpoints[1]]),
            ("bad-magic", try changing(first) { $0[0] ^= 1 }, 1, []),
            ("bad-header-origin", try changing(first) { $0[places[0].lowerBound + 5 + 26] ^= 1 }, 1, []),
            ("bad-header-frontier", try changing(second) { $0[later[0].lowerBound + 5 + 115] ^= 1 }, 1, []),
            ("bad-header-key", try changing(second) { $0[later[0].lowerBound + 5 + 60] ^= 1 }, 1, []),
            ("bad-length", try changing(first) { $0[entry.lowerBound + 1] ^= 1 }, 1, []),
            ("bad-type", try changing(first) { $0[entry.lowerBound + 4] ^= 0x20 }, 1, []),
            ("bad-entry-fact", try changing(first) { $0[entry.lowerBound + 5 + 30] ^= 1 }, 1, []),
            ("bad-entry-json", try changing(first) { $0[entry.upperBound - 1] ^= 1 }, 1, []),
            ("bad-entry-removed", try changing(first) { $0.removeSubrange(places[3]) }, 1, []),
            (
                "bad-entry-doubled", try changing(first) { $0.insert(contentsOf: $0[entry], at: entry.upperBound) }, 1,
                []
            ),
            (
                "bad-entries-exchanged",
                try changing(first) {
                    $0 = Array(
                        $0[..<places[3].lowerBound] + $0[places[4]] + $0[places[3]] + $0[places[4].upperBound...])
                },
                1, []
            ),
            ("bad-checkpoint-root", try changing(first) { $0[note.lowerBound + 5 + 20] ^= 1 }, 1, []),
            (
                "bad-checkpoint-signature",
                try changing(first) {
                    let place = note.upperBound - 20
                    $0[place] = $0[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                }, 1, []
            ),
            (
                "bad-group-removed",
                try changing(first) { $0.removeSubrange(places[3].lowerBound..<places[5].upperBound) }, 1, []
            ),
            (
                "bad-tail-unsigned", try changing(second) { $0.removeSubrange(later[later.count - 1]) },
                1, []
            ),
            ("bad-tail-torn", try changing(second) { $0.removeLast(400) }, 1, []),
            ("bad-tail-foreign", try changing(second) { $0 += Array("tail".utf8) }, 1, []),
            ("bad-truncated", [first: try #require(good[first])], 1, last),
            ("bad-segment-missing", [second: try #require(good[second])], 1, []),
            ("bad-foreign-file", good.merging(["notes.txt": []]) { one, _ in one }, 1, []),
            ("bad-key", good, 2, []),
            (
                // An AE title that would end its line, if a journal had lines.
                "bad-entry-newline",
                try changing(first) {
                    let length = UInt32(entry.count - 5 + forged.count)
                    let at = $0[entry].lastIndex(of: UInt8(ascii: "}")) ?? entry.upperBound
                    $0.insert(contentsOf: forged, at: at - 8)
                    $0.replaceSubrange(
                        entry.lowerBound..<entry.lowerBound + 4,
                        with: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) })
                }, 1, []
            ),
        ]
    }

    /// Journals with a new key, and with segments that were retired.
    private func rotatedJournals() throws -> [(String, Segments, UInt8, [Checkpoint])] {
        func open(_ name: String, seed: UInt8 = 1) throws -> JournalWriter {
            try JournalWriter(
                directory: "\(temporary.path)/\(name)", disk: RealDisk(), key: signingKey(seed), origin: origin,
                segmentBytes: 1100)
        }
        let writer = try open("rotated")
        var notes: [Checkpoint] = []
        for number in 0..<6 {
            let events: [(UInt64, JournalEvent)] = [(UInt64(number + 1), event(number))]
            notes.append(
                try number == 2 ? writer.append(events, introducing: signingKey(2)) : writer.append(events))
        }
        let rotated = try read(temporary.path + "/rotated")
        let first = try #require(rotated["00000000.cxrj"])
        let second = try #require(rotated["00000001.cxrj"])
        let note = Array(notes[2].text.utf8)
        let isInFirst = first.firstRange(of: note) != nil
        let name = isInFirst ? "00000000.cxrj" : "00000001.cxrj"
        let place = try #require((isInFirst ? first : second).firstRange(of: note))
        func changing(_ change: (inout [UInt8]) -> Void) -> Segments {
            var segments = rotated
            var bytes = isInFirst ? first : second
            change(&bytes)
            segments[name] = bytes
            return segments
        }
        func other(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A") }
        let introduced = try #require(note.firstRange(of: Array("\nnext ".utf8))).upperBound + place.lowerBound
        // The same journal up to its last group, which a stranger has written and signed.
        _ = try fill(temporary.path + "/own", groups: [1, 2, 1])
        let own = try read(temporary.path + "/own")
        let stranger = try JournalWriter(
            directory: temporary.path + "/stranger", disk: RealDisk(), key: signingKey(9), origin: origin)
        for number in 0..<4 { try stranger.append([(UInt64(number + 1), event(number))]) }
        try stranger.append([(5, event(4))])
        let strange = try #require(read(temporary.path + "/stranger")["00000000.cxrj"])
        let tail = frames(strange).suffix(2)
        let spliced = try #require(own["00000000.cxrj"]) + tail.flatMap { strange[$0] }

        let old = try open("retired")
        for number in 0..<8 { try old.append([(UInt64(number + 1), event(number))]) }
        let before = try read(temporary.path + "/retired")
        try old.append([(9, JournalRetention.event(below: 1, at: 1_800_000_000_000, actor: "supervisor"))])
        try JournalRetention.remove(directory: temporary.path + "/retired", below: 1)
        let retired = try read(temporary.path + "/retired")
        return [
            ("good-key-introduced", rotated, 2, notes),
            ("good-key-introduced-old-key", rotated, 1, notes),
            ("bad-key-never-in-force", rotated, 3, []),
            ("bad-introduced-key", changing { $0[introduced] = other($0[introduced]) }, 2, []),
            (
                "bad-introduced-signature", changing { $0[place.upperBound - 20] = other($0[place.upperBound - 20]) },
                2, []
            ),
            ("bad-tail-of-another-key", ["00000000.cxrj": spliced], 1, []),
            ("good-retired", retired, 1, [try #require(old.checkpoint)]),
            ("bad-not-retired", before.filter { $0.key != "00000000.cxrj" }, 1, []),
            ("bad-retired-too-much", retired.filter { $0.key > "00000001.cxrj" }, 1, []),
        ]
    }

    private func make() throws -> [(Vector, Segments)] {
        try journals().map { name, segments, seed, against in
            let directory = "\(temporary.path)/\(name)-case"
            try RealDisk().makeDirectory(directory)
            for (file, bytes) in segments { try bytes.write("\(directory)/\(file)") }
            var vector = Vector(
                name: name, expect: "ok", key: try signingKey(seed).verifyingKey.hexadecimal,
                against: against.map(\.text))
            do {
                let found = try JournalVerifier.verify(
                    directory: directory, key: signingKey(seed).verifyingKey, against: against)
                vector.entries = found.entries
                vector.root = Base64.encode(found.root)
            } catch JournalError.damaged(let damage) {
                vector.expect = damage.kind.rawValue
                vector.segment = damage.segment
                vector.index = damage.index
                vector.offset = damage.offset
            }
            return (vector, segments)
        }
    }

    @Test("the vectors are what this program writes, and are judged by their names")
    func goldens() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let made = try make()
        var files: [String: Data] = ["vectors.json": try encoder.encode(made.map(\.0)) + Data("\n".utf8)]
        for (vector, segments) in made {
            #expect((vector.expect == "ok") == vector.name.hasPrefix("good"), "\(vector.name): \(vector.expect)")
            for (name, bytes) in segments { files["\(vector.name)/\(name)"] = Data(bytes) }
        }
        if ProcessInfo.processInfo.environment["CXR_RENEW_GOLDENS"] == "1" {
            for (name, data) in files {
                let file = Self.folder.appendingPathComponent(name)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try data.write(to: file)
            }
            Issue.record("vectors renewed; run again without CXR_RENEW_GOLDENS")
        }
        let there = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(there == (made.map(\.0.name) + ["vectors.json"]).sorted())
        for (name, data) in files {
            #expect(try Data(contentsOf: Self.folder.appendingPathComponent(name)) == data, "\(name)")
        }
    }
}
