import Durability
import Foundation
import Journal
import Sealing

/// How fast the journal is on this machine and disk.
public enum JournalBench {
    /// Appends `count` entries in groups of `group` (one sync each), verifies them, and removes what it wrote.
    public static func run(count: Int, group: Int, in folder: String) throws -> JSONValue {
        let directory = folder + "/cxrgate-bench-" + Identifier.random()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let key = try JournalSigningKey.generate()
        let writer = try JournalWriter(directory: directory, disk: RealDisk(), key: key, origin: "bench")
        let events = (0..<group).map { number in
            JournalEvent(
                kind: JournalEventKind.allCases[number % 11], at: 1_700_000_000_000 + Int64(number),
                actor: "reception", subject: Identifier.random(), study: Identifier.random(),
                details: ["ae": "CR1", "bytes": "12582912", "model": "cxr-pneumonia 1.0.0"])
        }
        var sequence: UInt64 = 0
        let appendSeconds = try seconds {
            while sequence < UInt64(count) {
                let base = sequence
                sequence += UInt64(group)
                try writer.append(events.enumerated().map { (base + UInt64($0.offset) + 1, $0.element) })
            }
        }
        let checkpoint = writer.checkpoint.map { [$0] } ?? []
        let processorAtStart = processorSeconds()
        let verifySeconds = try seconds {
            _ = try JournalVerifier.verify(directory: directory, key: key.verifyingKey, against: checkpoint)
        }
        // Others who use the machine do not matter here.
        let verifyProcessorSeconds = max(processorSeconds() - processorAtStart, 1e-9)
        let bytes = try RealDisk().list(directory).reduce(0) { try $0 + RealDisk().size("\(directory)/\($1)") }
        return .object([
            "entries": .number(sequence), "group": .number(group), "bytes": .number(bytes),
            "appendedPerSecond": .number((Double(sequence) / appendSeconds).rounded()),
            "verifiedPerSecond": .number((Double(sequence) / verifySeconds).rounded()),
            "verifiedPerProcessorSecond": .number((Double(sequence) / verifyProcessorSeconds).rounded()),
        ])
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let started = DispatchTime.now().uptimeNanoseconds
        try body()
        return Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9
    }
}
