import Durability
import Foundation
import Journal
import Sealing
import Testing

/// A directory that is removed when the test ends.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/cxr-" + UUID().uuidString.lowercased()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("cannot remove \(path)")
        }
    }
}

let origin = "cxrgate/test"

func signingKey(_ seed: UInt8 = 1) throws -> JournalSigningKey {
    try JournalSigningKey(seed: SecretBytes(copying: [UInt8](repeating: seed, count: 32)))
}

/// The n-th event of a made-up day.
func event(_ number: Int) -> JournalEvent {
    let kinds = JournalEventKind.allCases
    return JournalEvent(
        kind: kinds[number % kinds.count], at: 1_700_000_000_000 + Int64(number), actor: "reception",
        subject: number % 3 == 0 ? nil : String(repeating: "0", count: 31) + String(number % 10),
        study: number % 2 == 0 ? nil : String(repeating: "a", count: 32),
        outcome: number % 5 == 0 ? "REC-003" : "ok",
        details: number % 4 == 0 ? ["model": "densenet \"1\" \\ é", "attempt": "\(number)"] : [:])
}

/// Appends groups of the given sizes; events are numbered on, sequences too.
@discardableResult
func fill(
    _ directory: String, groups: [Int], disk: any Disk = RealDisk(), segmentBytes: Int = JournalLimits.segmentBytes
) throws -> [Checkpoint] {
    let writer = try JournalWriter(
        directory: directory, disk: disk, key: signingKey(), origin: origin, segmentBytes: segmentBytes)
    return try groups.map { count in
        let first = Int(writer.size)
        return try writer.append((first..<first + count).map { (UInt64($0 + 1), event($0)) })
    }
}

func verify(
    _ directory: String, against exported: [Checkpoint] = [], isLive: Bool = false
) throws -> JournalVerification {
    try JournalVerifier.verify(
        directory: directory, key: signingKey().verifyingKey, against: exported, isLive: isLive)
}

func damageKind(_ body: () throws -> Void) -> JournalDamage.Kind? {
    do {
        try body()
    } catch JournalError.damaged(let damage) {
        return damage.kind
    } catch {
        Issue.record("\(error)")
    }
    return nil
}

extension [UInt8] {
    init(file path: String) throws { self = try RealDisk().read(path) }

    func write(_ path: String) throws { try Data(self).write(to: URL(fileURLWithPath: path)) }
}

/// Where the frames of a segment lie, the magic left out.
func frames(_ segment: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var position = 8
    while position < segment.count {
        let length = segment[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        found.append(position..<position + 5 + length)
        position += 5 + length
    }
    return found
}
