import Foundation
import Testing

@testable import Evaluation

@Suite struct CaseSourceTests {
    @Test func tooLittleMemoryForTheCasesChangesNoFigure() throws {
        let (predictions, labels) = Tables.many(997)
        let roomy = try Tables.measure(predictions, labels, source: Tables.source { $0.by = ["view"] })
        let tight = try Tables.measure(
            predictions, labels,
            source: Tables.source {
                $0.by = ["view"]
                $0.sortBytes = 1500
            })
        #expect(roomy == tight)
        #expect(roomy.overall.cases == 997)
        #expect(roomy.subgroups.map(\.cases).reduce(0, +) == 997)
    }

    @Test func whatIsSpooledHasNoNameOnDisk() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = try SpoolFile(folder: folder.path)
        try file.append([1, 2, 3])
        var back: [UInt8] = [0, 0]
        try file.read(&back, at: 1)
        #expect(back == [2, 3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        #expect(throws: EvaluationError.disk(reading: nil)) { try file.read(&back, at: 2) }
    }

    @Test func noRoomToSortIsAnErrorAndNoCrash() throws {
        let (predictions, labels) = Tables.many(500)
        var source = Tables.source { $0.sortBytes = 1500 }
        source.folder = "/nowhere/at/all"
        #expect(throws: EvaluationError.disk(reading: nil)) {
            try Tables.measure(predictions, labels, source: source)
        }
    }

    @Test func recordsComeSortedHoweverManyPiecesTheyLieIn() throws {
        for bytes in [100, 500, 1 << 20] {
            let sort = RecordSort(width: 10, bytes: bytes, folder: FileManager.default.temporaryDirectory.path)
            var all: [[UInt8]] = []
            for index in 0..<300 {
                let record = (0..<10).map { UInt8(truncatingIfNeeded: (index * 7919 + $0 * 104_729) >> 3) }
                all.append(record)
                try sort.append(record)
            }
            for _ in 0..<2 {
                var seen: [[UInt8]] = []
                try sort.forEach { seen.append($0) }
                #expect(seen == all.sorted { $0.lexicographicallyPrecedes($1) })
            }
        }
    }

    @Test func filtersChooseLabelsBeforeTheyAreJoined() throws {
        let labels = "file,label,split\na,1,test\nb,0,train\nc,0,test\n"
        let source = Tables.source { $0.filters = [.init(column: "split", value: "test")] }
        let result = try Tables.measure("file,score\na,0.9\nc,0.1\n", labels, source: source)
        #expect(result.overall.cases == 2)
        #expect(throws: EvaluationError.unmatched(predictions: 0, labels: 1)) {
            try Tables.measure("file,score\na,0.9\nc,0.1\n", labels)
        }
    }

    @Test func subgroupsOfAReportThatLeavesTheSiteNameNoDevice() throws {
        let source = Tables.source {
            $0.by = ["device", "sex"]
            $0.hidesGroups = true
        }
        let result = try Tables.measure(
            "id,score\n1,0.9\n2,0.1\n", "id,label,device,sex\n1,1,ROOM-7,F\n2,0,ANNEX,M\n", source: source)
        #expect(result.subgroups.map(\.value) == ["device 1", "device 2", "F", "M"])
    }

    @Test func aColumnOfNamesIsNoSubgroup() throws {
        var (predictions, labels) = ("id,score\n", "id,label,name\n")
        for index in 0..<70 {
            predictions += "\(index),0.5\n"
            labels += "\(index),\(index % 2),n\(index)\n"
        }
        #expect(throws: EvaluationError.tooManyGroups(limit: 64)) {
            try Tables.measure(predictions, labels, source: Tables.source { $0.by = ["name"] })
        }
    }
}
