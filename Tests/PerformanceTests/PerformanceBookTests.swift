import Durability
import Foundation
import Testing

@testable import Performance

@Suite struct PerformanceBookTests {
    private let folder = Scratch.folder()

    private func record(
        _ outcome: PerformanceRecord.Outcome = .analysed, at: Int64 = 0, source: String = "CR1", score: Double? = 0.1,
        code: String? = nil, classify: Double = 10
    ) -> PerformanceRecord {
        PerformanceRecord(
            at: at, model: "m 1.0.0", weights: "00", source: source, outcome: outcome, code: code,
            score: outcome == .analysed ? score : nil,
            presence: outcome == .analysed ? (score ?? 0 > 0.5 ? "present" : "absent") : nil,
            stages: outcome == .analysed ? [.classify: classify, .open: 1] : [:], waited: 5)
    }

    private func writer(_ store: Store, disk: any Disk = RealDisk()) -> PerformanceWriter {
        PerformanceWriter(
            folder: folder, limits: PerformanceLogLimits(fileBytes: 2000, files: 1000, days: 30), disk: disk,
            store: store)
    }

    private func sequences() throws -> [Int64] {
        try PerformanceLogFile.list(folder, disk: RealDisk()).flatMap { file in
            try RealDisk().read("\(folder)/\(file.name)").split(separator: 0x0A).map {
                try #require(PerformanceLine(Array($0))).n
            }
        }
    }

    /// A record leaves the database only when the log would outlive a power cut; every kind of sync is needed for that.
    @Test func aPowerCutLosesNoRecord() throws {
        let store = try Store(path: folder + "/gateway.sqlite")
        let disk = try RecordingDisk(RealDisk(), root: folder)
        try disk.makeDirectory(folder + "/logs")
        try disk.syncDirectory(folder)
        let prelude = disk.operations
        let writer = PerformanceWriter(
            folder: folder + "/logs", limits: PerformanceLogLimits(fileBytes: 1 << 20, files: 10, days: 30), disk: disk,
            store: store)
        try store.write { transaction in
            for number in 1...60 { try PerformanceBook.note(record(at: Int64(number)), in: transaction) }
        }
        try writer.drain()
        let owed = try store.read { try $0.row("SELECT count(*) AS n FROM performance_outbox")?.integer("n") }
        #expect(owed == 0)
        let work = Array(disk.operations.dropFirst(prelude.count))
        #expect(try kept(prelude + work) == 60)
        #expect(try kept(prelude + work.filter { if case .syncData = $0 { false } else { true } }) == 0)
        #expect(try kept(prelude + work.filter { if case .syncDirectory = $0 { false } else { true } }) == 0)
    }

    /// Whole records in the log after a power cut at the end of `operations`.
    private func kept(_ operations: [DiskOperation]) throws -> Int {
        let folder = Scratch.folder()
        try DiskReplay.materialize(operations, upTo: operations.count, into: folder)
        return try PerformanceLogFile.list(folder + "/logs", disk: RealDisk()).reduce(0) { count, file in
            count
                + (try RealDisk().read("\(folder)/logs/\(file.name)").split(separator: 0x0A)
                    .count { PerformanceLine(Array($0)) != nil })
        }
    }

    @Test func whatWasCountedIsAddedUpByModelAndSource() throws {
        let store = try Store(path: folder + "/gateway.sqlite")
        try store.write { transaction in
            for number in 1...100 {
                try PerformanceBook.note(
                    record(score: number <= 30 ? 0.9 : 0.1, classify: Double(number)), in: transaction)
            }
            try PerformanceBook.note(record(.notEligible, source: "CR2", code: "ELI-003"), in: transaction)
            try PerformanceBook.note(record(.failed, source: "CR2", code: "INF-001"), in: transaction)
            try PerformanceBook.note(record(at: 7_200_000, source: "LATE"), in: transaction)
        }
        let all = try #require(try store.read { try PerformanceBook.summaries(model: "m", since: 0, in: $0) }.first)
        #expect(all.images == 103 && all.analysed == 101)
        #expect(all.sources["CR2"]?.outcomes == ["not-eligible ELI-003": 1, "failed INF-001": 1])
        #expect(all.sources["CR2"]?.failed == 1)
        #expect(abs(try #require(all.positiveShare) - 30.0 / 101) < 1e-12)
        #expect(all.scores[18] == 30 && all.scores[2] == 71)
        for (part, exact) in [(0.5, 50.0), (0.95, 95), (0.99, 99)] {
            let read = try #require(LatencyScale.percentile(part, of: all.latencies["classify"] ?? [:]))
            #expect(abs(read / exact - 1) < 0.045)
        }
        let late = try store.read { try PerformanceBook.summaries(model: nil, since: 3_600_000, in: $0) }
        #expect(late.first?.images == 1)
        #expect(try store.read { try PerformanceBook.summaries(model: "n", since: 0, in: $0) }.isEmpty)
    }

    @Test func everyRecordReachesTheLogOnceAcrossRestarts() throws {
        let store = try Store(path: folder + "/gateway.sqlite")
        for round in 0..<7 {
            // Each round is a process of its own: it dies without a word after its last record.
            let writer = writer(store)
            for _ in 0..<23 {
                try store.write { try PerformanceBook.note(record(at: Int64(round)), in: $0) }
                try writer.drain()
            }
            try store.write { try PerformanceBook.note(record(at: Int64(round)), in: $0) }
        }
        try writer(store).drain()
        #expect(try sequences() == Array(1...168))
    }

    @Test func aDiskThatFailsDelaysRecordsButLosesNone() throws {
        let store = try Store(path: folder + "/gateway.sqlite")
        for number in 0..<60 { try store.write { try PerformanceBook.note(record(at: Int64(number)), in: $0) } }
        var failures = 0
        for step in 0..<40 {
            do {
                try writer(store, disk: FaultyDisk(RealDisk(), failing: step)).drain()
            } catch is DiskError {
                failures += 1
            }
        }
        try writer(store).drain()
        #expect(failures > 10)
        #expect(try sequences() == Array(1...60))
    }

    @Test func latenciesAreReadBackWithinTwoPercent() {
        for milliseconds in stride(from: 0.01, to: 100_000, by: 37.7) {
            #expect(abs(LatencyScale.milliseconds(LatencyScale.bin(milliseconds)) / milliseconds - 1) < 0.022)
        }
        #expect(LatencyScale.bin(-1) == 0 && LatencyScale.bin(.infinity) == LatencyScale.bin(1e300))
        #expect(LatencyScale.percentile(0.5, of: [:]) == nil)
    }

    @Test func aRecordNamesNothingButItsMembers() throws {
        let line = String(decoding: try record().line(7), as: UTF8.self)
        #expect(line.hasPrefix(#"{"n":7,"at":0,"#))
        let members = try #require(
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        ).keys.sorted()
        #expect(
            members == [
                "at", "model", "n", "outcome", "presence", "score", "source", "stages", "waited", "weights",
            ])
    }
}
