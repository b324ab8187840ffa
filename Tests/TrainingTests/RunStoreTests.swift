import Durability
import Foundation
import Testing

@testable import Training

@Suite struct RunStoreTests {
    private let time = Date(timeIntervalSince1970: 1_767_272_400)

    private func store(_ folder: Scratch, disk: any Disk = RealDisk(), isAlive: Bool = false) -> RunStore {
        RunStore(root: folder.path + "/deep/runs", disk: disk) { _ in isAlive }
    }

    private func create(_ store: RunStore, seed: UInt64 = 1) throws -> RunFolder {
        var configuration = TrainingConfiguration(dataDirectory: "somewhere")
        configuration.seed = seed
        return try store.create(
            name: "trial", at: time, version: "9.9.9", configuration: configuration, process: 4)
    }

    private func finished(_ folder: Scratch) throws -> TrainingReport {
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 1
        guard case .finished(let report) = try Trainer(read: Drawn.read).run(configuration) else {
            throw TrainingError.noRun
        }
        return report
    }

    @Test func runsOfOneSecondHaveFoldersOfTheirOwn() throws {
        let folder = try Scratch()
        let store = store(folder, isAlive: true)
        let ids = try (0..<3).map { try create(store, seed: $0).record.id }
        #expect(ids == ["20260101-130000-trial", "20260101-130000-trial-2", "20260101-130000-trial-3"])
        #expect(store.list().map(\.id) == ids)
        #expect(store.list().map(\.state) == [.running, .running, .running])
    }

    @Test func aRunWhoseProcessIsGoneWasInterrupted() throws {
        let folder = try Scratch()
        let id = try create(store(folder)).record.id
        #expect(try store(folder).open(id).record.state == .interrupted)
    }

    @Test(arguments: ["../deep", "../../etc", "a/b", "", ".", "..", ".hidden", "none"])
    func idsThatLeadElsewhereAreNoRuns(id: String) throws {
        let folder = try Scratch()
        _ = try create(store(folder))
        #expect(throws: TrainingError.noRun) { try store(folder).open(id) }
    }

    @Test func aFinishedRunIsWholeAndAChangedFileIsNamed() throws {
        let folder = try Drawn.folder(64)
        let report = try finished(folder)
        let store = store(folder)
        let run = try create(store)
        try run.write(RunStore.checkpointName, [1, 2, 3])
        try run.finish(report, ended: "2026-01-01T13:05:00Z")
        let again = try store.open(run.record.id)
        #expect(again.record.state == .finished && again.checkpoint == nil)
        #expect(try again.changedFiles() == [])
        #expect(
            Set(again.record.files.keys)
                == ["config.yaml", "history.csv", "scores.csv", "metrics.json", "model.onnx", "model.json"])
        #expect(again.record.metrics["auroc"] == report.validation.auroc)
        try again.write("model.onnx", try again.read("model.onnx") + [0])
        #expect(try again.changedFiles() == ["model.onnx"])
    }

    /// The n-th operation of the disk fails, for every n: the run is finished and whole, or it is not finished.
    @Test func whateverOfTheDiskFailsAFinishedRunIsWhole() throws {
        let folder = try Drawn.folder(64)
        let report = try finished(folder)
        var failing = 0
        while true {
            let scratch = try Scratch()
            let disk = FaultyDisk(RealDisk(), failing: failing)
            do {
                try create(store(scratch, disk: disk)).finish(report, ended: "2026-01-01T13:05:00Z")
            } catch TrainingError.cannotWrite, TrainingError.cannotRead {
                // What the person hears.
            }
            for record in store(scratch).list() where record.state == .finished {
                #expect(try store(scratch).open(record.id).changedFiles() == [], "operation \(failing)")
            }
            if !disk.hasFailed { break }
            failing += 1
        }
        #expect(failing > 40)
    }

    @Test func aComparisonShowsWhatDiffersAndNothingElse() throws {
        let folder = try Scratch()
        let store = store(folder)
        let runs = [try create(store, seed: 1), try create(store, seed: 2)]
        #expect(try RunComparison(runs).rows.map(\.name) == ["training.seed"])
        #expect(try RunComparison(runs).rows[0].values == ["1", "2"])
    }

    @Test func theExportForMLflowLeavesThePathOfTheDataBehind() throws {
        let folder = try Drawn.folder(64)
        let run = try create(store(folder))
        try run.finish(try finished(folder), ended: "2026-01-01T13:05:00Z")
        let export = MLflowExport(root: folder.path + "/ml", disk: RealDisk())
        try export.write(run, absolute: folder.path + "/ml")
        try export.write(run, absolute: folder.path + "/ml")
        let names = try #require(FileManager.default.subpaths(atPath: folder.path + "/ml"))
        #expect(names.contains { $0.hasSuffix("params/network.family") })
        #expect(names.contains { $0.hasSuffix("metrics/validation_auroc") })
        #expect(names.contains { $0.hasSuffix("artifacts/model.onnx") })
        #expect(!names.contains { $0.contains("data.folder") })
        let experiments = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/ml/1")
        #expect(experiments.filter { $0 != "meta.yaml" }.count == 1)
    }
}
