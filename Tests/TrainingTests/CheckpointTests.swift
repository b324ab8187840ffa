import Foundation
import Testing

@testable import Training

@Suite struct CheckpointTests {
    /// Runs until `steps` steps are done, and returns what was kept last.
    private func stopped(_ configuration: TrainingConfiguration, after steps: Int) throws -> [UInt8] {
        var (seen, kept): (Int, [UInt8]) = (0, [])
        let control = TrainingControl(
            progress: { if case .step = $0 { seen += 1 } }, shouldStop: { seen >= steps }, keep: { kept = $0 })
        guard case .stopped = try Trainer(read: Drawn.read).run(configuration, control: control) else {
            throw TrainingError.tooFewPictures
        }
        return kept
    }

    private func finished(_ configuration: TrainingConfiguration, from checkpoint: [UInt8]? = nil) throws -> [UInt8] {
        guard case .finished(let report) = try Trainer(read: Drawn.read).run(configuration, resuming: checkpoint) else {
            throw TrainingError.tooFewPictures
        }
        return report.onnx
    }

    private func configuration(_ folder: Scratch, sgd: Bool) -> TrainingConfiguration {
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 2
        configuration.dropout = 0.2
        configuration.squeeze = 4
        configuration.augmentation.mixing = 0.5
        if sgd {
            configuration.optimisation = .sgd
            configuration.schedule = .plateau
        }
        return configuration
    }

    @Test(arguments: [false, true])
    func twoEpochsStraightAreOneAndOneMoreBitByBit(sgd: Bool) throws {
        let folder = try Drawn.folder(64)
        let configuration = configuration(folder, sgd: sgd)
        let straight = try finished(configuration)
        // 48 pictures in steps of 16: three steps are one epoch, four are in the midst of the second.
        for steps in [1, 3, 4] {
            #expect(try finished(configuration, from: stopped(configuration, after: steps)) == straight, "\(steps)")
        }
    }

    @Test func anotherNumberOfThreadsMayGoOnButNotOtherSettingsOrData() throws {
        let folder = try Drawn.folder(64)
        let configuration = configuration(folder, sgd: false)
        let checkpoint = try stopped(configuration, after: 2)
        var other = configuration
        other.threads = 1
        #expect(try finished(other, from: checkpoint) == finished(configuration))
        other.learningRate *= 2
        #expect(throws: TrainingError.otherTraining) { try finished(other, from: checkpoint) }
        let table = try String(contentsOfFile: folder.path + "/labels.csv", encoding: .utf8)
        try folder.write("labels.csv", table.replacing("G1-7,", with: "G1-8,"))
        #expect(throws: TrainingError.otherTraining) { try finished(configuration, from: checkpoint) }
    }

    @Test func aDamagedCheckpointIsRefusedWhateverByteIsWrong() throws {
        let folder = try Drawn.folder(64)
        let configuration = configuration(folder, sgd: false)
        let checkpoint = try stopped(configuration, after: 1)
        #expect(throws: TrainingError.badCheckpoint) { try finished(configuration, from: []) }
        #expect(throws: TrainingError.badCheckpoint) { try finished(configuration, from: Array(checkpoint.dropLast())) }
        for place in [0, 10, 45, 60, checkpoint.count / 2, checkpoint.count - 1] {
            var spoiled = checkpoint
            spoiled[place] ^= 1
            #expect(throws: TrainingError.badCheckpoint) { try finished(configuration, from: spoiled) }
        }
    }
}
