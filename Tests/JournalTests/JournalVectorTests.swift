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
        return [
            ("good", good, 1, checkpoints),
            ("good-empty", try read(temporary.path + "/empty"), 1, []),
            ("good-older-checkpoint", good, 1, [checkpoints[1]]),
            ("bad-magic", try changing(first) { $0[0] ^= 1 }, 1, []),
            ("bad-header-origin", try changing(first) { $0[places[0].lowerBound + 5 + 26] ^= 1 }, 1, []),
            ("bad-header-frontier", try changing(second) { $0[later[0].lowerBound + 5 + 70] ^= 1 }, 1, []),
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
                "bad-tail-unsigned", try changing(second) { $0.removeSubrange($0.count - later[4].count..<$0.count) },
                1, []
            ),
            ("bad-tail-torn", try changing(second) { $0.removeLast(400) }, 1, []),
            ("bad-tail-foreign", try changing(second) { $0 += Array("tail".utf8) }, 1, []),
            ("bad-truncated", [first: try #require(good[first])], 1, last),
            ("bad-segment-missing", [second: try #require(good[second])], 1, []),
            ("bad-foreign-file", good.merging(["notes.txt": []]) { one, _ in one }, 1, []),
            ("bad-key", good, 2, []),
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
