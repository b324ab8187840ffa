import Foundation
import Tensors
import Testing

@testable import Training

@Suite struct TrainerTests {
    @Test func aTinyTrainingLearnsToTellDrawnPicturesApart() throws {
        let folder = try Drawn.folder(160)
        var lines: [String] = []
        let report = try Trainer(decode: Drawn.decode).run(configuration: Drawn.configuration(folder)) {
            lines.append($0.description)
        }
        #expect(report.validation.auroc > 0.98)
        #expect(lines.count == report.history.count)
        #expect(lines[0].hasPrefix("epoch 1: loss "))
        #expect(report.history.filter(\.isBest).last?.number == report.bestEpoch)
        #expect(report.trainingImages + report.validation.images == 160)
        #expect(report.explanationLayer == "stage2.block1.relu")
        #expect(report.lowerThreshold <= report.threshold)
        #expect(report.validation.sensitivity >= 0.95)
        #expect(report.historyCSV.split(separator: "\n").count == report.history.count + 1)

        // The exported model scores a picture as the report says it would: a disc is present, none is not.
        let model = try Model(onnx: report.onnx)
        for number in [1000, 1001] {
            let input = try Drawn.image(number).networkInput(
                width: 28, height: 28, mean: report.configuration.mean, std: report.configuration.std)
            let run = try model.run(Tensor(shape: [1, 1, 28, 28], values: input))
            #expect((Double(run.probabilities[0]) >= report.threshold) == Drawn.isPositive(number))
        }
        let evaluation = try Evaluator(decode: Drawn.decode).run(
            model, directory: folder.path, split: "train", mean: report.configuration.mean,
            std: report.configuration.std, threshold: report.threshold, lowerThreshold: report.lowerThreshold)
        #expect(evaluation.scores.count == 160)
        #expect(evaluation.patients == 80)
        #expect(try #require(evaluation.auroc) > 0.98)
    }

    @Test func theSameSeedGivesTheSameBitsWhateverTheThreads() throws {
        let folder = try Drawn.folder(64)
        let exports = try [1, 2, 2].map { threads in
            var configuration = Drawn.configuration(folder)
            configuration.epochs = 2
            configuration.threads = threads
            return try Trainer(decode: Drawn.decode).run(configuration: configuration).onnx
        }
        #expect(exports[0] == exports[1])
        #expect(exports[1] == exports[2])
        var other = Drawn.configuration(folder)
        other.epochs = 2
        other.seed += 1
        #expect(try Trainer(decode: Drawn.decode).run(configuration: other).onnx != exports[0])
    }

    @Test func theBestCheckpointIsWrittenAndLoads() throws {
        let folder = try Drawn.folder(64)
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 1
        configuration.checkpointDirectory = folder.path
        _ = try Trainer(decode: Drawn.decode).run(configuration: configuration)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/checkpoint.onnx")))
        #expect(try Model(onnx: bytes).inputShape == [1, 1, 28, 28])
    }

    @Test func thePassportHoldsWhatTheDaemonReads() throws {
        let folder = try Drawn.folder(64)
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 1
        let report = try Trainer(decode: Drawn.decode).run(configuration: configuration)
        let bytes = try report.passport(.paediatricPneumonia, sha256: "00ff")
        #expect(bytes == (try report.passport(.paediatricPneumonia, sha256: "00ff")))
        let passport = try #require(
            try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(passport["id"] as? String == "cxr-pneumonia")
        #expect(passport["sha256"] as? String == "00ff")
        #expect(passport["explanationLayer"] as? String == report.explanationLayer)
        let input = try #require(passport["input"] as? [String: Any])
        #expect(input["intensity"] as? String == "percentile-0.5-99.5")
        #expect(input["resize"] as? String == "squash")
        #expect(input["mean"] as? Double == 0.58)
        let label = try #require((passport["labels"] as? [[String: Any]])?.first)
        #expect(label["code"] as? [String] == ["233604007", "SCT", "Pneumonia"])
        #expect(label["threshold"] as? Double == report.threshold)
    }

    @Test func wrongSettingsAndDataAreRefusedByName() throws {
        let folder = try Drawn.folder(64)
        let trainer = Trainer(decode: Drawn.decode)
        var configuration = Drawn.configuration(folder)
        configuration.batchSize = 1
        #expect(throws: TrainingError.badConfiguration(setting: "batchSize")) {
            try trainer.run(configuration: configuration)
        }
        configuration = Drawn.configuration(folder)
        configuration.learningRate = .nan
        #expect(throws: TrainingError.badConfiguration(setting: "learningRate")) {
            try trainer.run(configuration: configuration)
        }
        #expect(throws: TrainingError.undecodableRow(row: 2)) {
            try Trainer { _ in throw TrainingError.undecodable }.run(configuration: Drawn.configuration(folder))
        }
        let few = try Drawn.folder(4)
        #expect(throws: TrainingError.tooFewPictures) {
            try trainer.run(configuration: Drawn.configuration(few))
        }
        let empty = try Scratch()
        #expect(throws: TrainingError.noLabels) { try trainer.run(configuration: Drawn.configuration(empty)) }
        try empty.write("labels.csv", "file,split,pneumonia,patient_group\na.jpeg,train,2,G\n")
        #expect(throws: TrainingError.badRow(row: 2)) { try trainer.run(configuration: Drawn.configuration(empty)) }
        try empty.write("labels.csv", "file,split,pneumonia,patient_group\n../a.jpeg,train,1,G\n")
        #expect(throws: TrainingError.badRow(row: 2)) { try trainer.run(configuration: Drawn.configuration(empty)) }
    }
}
