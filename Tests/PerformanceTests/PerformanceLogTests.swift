import Durability
import Foundation
import Testing

@testable import Performance

@Suite struct PerformanceLogTests {
    private let folder = Scratch.folder()
    private static let day: Int64 = 86_400_000

    private func log(bytes: Int = 1, files: Int = 10, days: Double = 30, disk: any Disk = RealDisk()) throws
        -> PerformanceLog
    {
        try PerformanceLog(
            folder: folder, limits: PerformanceLogLimits(fileBytes: bytes, files: files, days: days), disk: disk)
    }

    private func line(_ number: Int, at: Int64 = 0) -> [UInt8] { Array(#"{"n":\#(number),"at":\#(at)}"#.utf8) }

    /// The numbers of all records that lie in the folder, file by file.
    private func numbers() throws -> [Int64] {
        try PerformanceLogFile.list(folder, disk: RealDisk()).flatMap { file in
            try RealDisk().read("\(folder)/\(file.name)").split(separator: 0x0A).map { bytes in
                try #require(PerformanceLine(Array(bytes))).n
            }
        }
    }

    @Test func thirtyFilesOfOneRecordKeepTheNewestTen() throws {
        let log = try log()
        for number in 1...30 { try log.append(line(number), model: "m 1.0.0", at: 0) }
        #expect(try numbers() == Array(21...30))
    }

    @Test func eightThreadsOfTwoHundredRecordsKeepAllOfThem() throws {
        let log = try log(bytes: 400, files: 10_000)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<200 {
                do {
                    try log.append(line(thread * 200 + number), model: "m 1.0.0", at: 0)
                } catch {
                    Issue.record(error)
                }
            }
        }
        #expect(try numbers().sorted() == Array(0..<1600))
        let sizes = try PerformanceLogCleaning(folder: folder, limits: PerformanceLogLimits(), disk: RealDisk())
            .entries().map(\.bytes)
        #expect(sizes.allSatisfy { $0 <= 400 } && sizes.count > 40)
    }

    @Test func aRestartGoesOnInTheSameFileAndCutsOffATornLine() throws {
        do {
            let log = try log(bytes: 10_000)
            try log.append(line(1), model: "m", at: 0)
        }
        let handle = try #require(FileHandle(forWritingAtPath: "\(folder)/m.000001.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Array(#"{"n":2,"at"#.utf8))
        try handle.close()
        let again = try log(bytes: 10_000)
        #expect(try again.lastSequences() == ["m": 1])
        try again.append(line(2), model: "m", at: 0)
        #expect(try numbers() == [1, 2])
        #expect(try PerformanceLogFile.list(folder, disk: RealDisk()).map(\.name) == ["m.000001.jsonl"])
    }

    @Test func aDeathBetweenAnyTwoStepsOfARotationLosesNothing() throws {
        var deaths = 0
        for step in 0..<200 {
            let folder = Scratch.folder()
            let limits = PerformanceLogLimits(fileBytes: 1, files: 3, days: 30)
            let faulty = FaultyDisk(RealDisk(), failing: step, staysBroken: true)
            let log = try PerformanceLog(folder: folder, limits: limits, disk: faulty)
            var kept = 0
            do {
                for number in 1...6 {
                    try log.append(line(number), model: "m", at: 0)
                    kept = number
                }
            } catch {
                deaths += 1
            }
            withExtendedLifetime(log) {}
            // As the next process does it: what the log has not is appended again.
            let next = try PerformanceLogCopy.reopened(folder, limits)
            let last = try next.lastSequences()["m"] ?? 0
            #expect(last >= kept)
            for number in Int(last + 1)..<8 { try next.append(line(number), model: "m", at: 0) }
            let files = try PerformanceLogFile.list(folder, disk: RealDisk())
            let all = try files.flatMap { try RealDisk().read("\(folder)/\($0.name)").split(separator: 0x0A) }
                .compactMap { PerformanceLine(Array($0))?.n }
            #expect(all == all.sorted() && all.suffix(2) == [6, 7] && Set(all).count == all.count, "step \(step)")
            if !faulty.hasFailed { break }
        }
        #expect(deaths > 20)
    }

    @Test func aSecondOwnerIsRefusedUntilTheFirstIsGone() throws {
        let first = try log()
        #expect(throws: DurabilityError.locked) { try log() }
        withExtendedLifetime(first) {}
    }

    @Test func oldFilesGoWhenANewOneIsBegunAndWhenAskedTo() throws {
        let log = try log(files: 100)
        for number in 1...5 { try log.append(line(number, at: Int64(number) * Self.day), model: "m", at: 0) }
        try log.append(line(6, at: 33 * Self.day), model: "m", at: 33 * Self.day)
        #expect(try numbers() == [3, 4, 5, 6])
        let cleaning = PerformanceLogCleaning(
            folder: folder, limits: PerformanceLogLimits(fileBytes: 1, files: 2, days: 1), disk: RealDisk())
        let now = 33 * Self.day
        #expect(try cleaning.excess(at: now).map(\.file.number) == [3, 4, 5])
        #expect(try numbers() == [3, 4, 5, 6])
        try cleaning.clean(at: now)
        #expect(try numbers() == [6])
        // The newest stays, however old it is.
        try cleaning.clean(at: 1000 * Self.day)
        #expect(try numbers() == [6])
    }

    @Test func modelsHaveFilesOfTheirOwnAndNamesThatAreNoPaths() throws {
        let log = try log(bytes: 10_000)
        for model in ["a 1.0.0", "../../etc/passwd", "a/b", ".", "…"] { try log.append(line(1), model: model, at: 0) }
        let names = try PerformanceLogFile.list(folder, disk: RealDisk()).map(\.name)
        #expect(
            names == [
                "a-1.0.0.000001.jsonl", "a-b.000001.jsonl", "etc-passwd.000001.jsonl", "model.000001.jsonl",
            ])
    }

    @Test func filesAreInTheOrderOfTheirNumbers() throws {
        let names = ["m.999999.jsonl", "m.1000000.jsonl", "m.000002.jsonl"].compactMap { PerformanceLogFile(name: $0) }
        #expect(names.sorted().map(\.number) == [2, 999_999, 1_000_000])
        for name in ["m.jsonl", "m.2.jsonl", "m.000000.jsonl", "lock", "m.000001.json", "m.-00001.jsonl"] {
            #expect(PerformanceLogFile(name: name) == nil)
        }
    }
}

/// A log whose first owner has died and let the lock go.
enum PerformanceLogCopy {
    /// The owner that "died" still holds its lock in this process: the next one works without its folder's lock file.
    static func reopened(_ folder: String, _ limits: PerformanceLogLimits) throws -> PerformanceLog {
        try FileManager.default.removeItem(atPath: folder + "/lock")
        return try PerformanceLog(folder: folder, limits: limits, disk: RealDisk())
    }
}

enum Scratch {
    static func folder() -> String {
        let path = NSTemporaryDirectory() + "cxrgate-performance-\(UUID().uuidString)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            Issue.record(error)
        }
        return path
    }
}
