import Foundation
import ModelCard
import Radiography
import Sealing
import Tensors
import Testing

@testable import Training

@Suite struct TrainerTests {
    private func report(
        _ configuration: TrainingConfiguration, control: TrainingControl = TrainingControl()
    ) throws -> TrainingReport {
        guard case .finished(let report) = try Trainer(read: Drawn.read).run(configuration, control: control) else {
            throw TrainingError.stopped(run: "")
        }
        return report
    }

    @Test func aTinyTrainingLearnsToTellDrawnPicturesApart() throws {
        let folder = try Drawn.folder(160)
        var lines: [String] = []
        var control = TrainingControl()
        control.progress = { if case .epoch(let epoch) = $0 { lines.append("\(epoch)") } }
        let report = try report(Drawn.configuration(folder), control: control)
        #expect(report.validation.auroc > 0.98)
        #expect(lines.count == report.history.count)
        #expect(lines[0].hasPrefix("epoch 1: loss "))
        #expect(report.history.filter(\.isBest).last?.number == report.bestEpoch)
        #expect(report.trainingImages + report.validation.images == 160)
        #expect(report.explanationLayer == "stage2.block1.relu")
        #expect(report.thresholds[0].lower <= report.thresholds[0].upper)
        #expect(report.validation.sensitivity >= 0.95)
        #expect(TrainingReport.historyCSV(report.history).split(separator: "\n").count == report.history.count + 1)
        #expect(report.scores.count == report.validation.images)

        // The exported model scores a picture as the report says it would: a disc is present, none is not.
        let model = try Model(onnx: report.onnx)
        for number in [1000, 1001] {
            let input = PixelPipeline.networkInput(
                try Drawn.read("\(number).jpeg"), width: 28, height: 28, mean: report.configuration.mean,
                std: report.configuration.std)
            let run = try model.run(Tensor(shape: [1, 1, 28, 28], values: input))
            #expect((Double(run.probabilities[0]) >= report.thresholds[0].upper) == Drawn.isPositive(number))
        }
    }

    @Test func theSameSeedGivesTheSameBitsWhateverTheThreads() throws {
        let folder = try Drawn.folder(64)
        let exports = try [1, 2, 2].map { threads in
            var configuration = Drawn.configuration(folder)
            configuration.epochs = 2
            configuration.threads = threads
            return try report(configuration).onnx
        }
        #expect(exports[0] == exports[1])
        #expect(exports[1] == exports[2])
        var other = Drawn.configuration(folder)
        other.epochs = 2
        other.seed += 1
        #expect(try report(other).onnx != exports[0])
    }

    /// Every family and option learns, exports, and the export computes what training computed.
    @Test(arguments: [
        ["network.family=dense", "network.blocks=[2, 2]", "network.growth=8"],
        ["network.family=dense", "network.blocks=[2, 2]", "network.squeeze=4", "network.dropout=0.3"],
        ["network.squeeze=4", "network.dropout=0.3", "loss.label_smoothing=0.1", "augmentation.mixing=0.5"],
        ["optimiser.kind=sgd", "optimiser.rate=0.05", "schedule.kind=plateau", "stopping.monitor=loss"],
        ["training.average=0", "schedule.kind=constant", "schedule.warmup_epochs=0", "loss.class_weights=[1, 2]"],
    ])
    func everyFamilyAndOptionLearns(settings: [String]) throws {
        let folder = try Drawn.folder(96)
        let text = TrainingFile.text(Drawn.configuration(folder))
        let pairs = settings.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        let configuration = try TrainingFile.read(text, overrides: pairs.map { ($0[0], $0[1]) })
        let report = try report(configuration)
        #expect(report.validation.auroc > 0.9, "\(settings)")
        #expect(report.onnx == (try self.report(configuration).onnx), "\(settings)")
        #expect(!report.explanationLayer.isEmpty)
    }

    @Test func severalClassesEndInASoftmaxAndAPassportThatTheDaemonTakes() throws {
        let folder = try Drawn.folder(120)
        let table = try String(contentsOfFile: folder.path + "/labels.csv", encoding: .utf8)
        // Every second picture without a disc becomes a class of its own, told apart by nothing: only the form counts.
        var rows = table.split(separator: "\n").map(String.init)
        for index in rows.indices.dropFirst() {
            var fields = rows[index].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            fields[2] = fields[2] == "1" ? "disc" : index % 4 == 1 ? "" : "other"
            rows[index] = fields.joined(separator: ",")
        }
        try folder.write("labels.csv", rows.joined(separator: "\n"))
        var configuration = Drawn.configuration(folder)
        configuration.classes = ["none", "disc", "other"]
        configuration.blankClass = "none"
        // Two of the classes cannot be told apart: their AUROC is chance, and would choose the epoch.
        configuration.monitor = .loss
        configuration.epochs = 8
        configuration.card.findings = ["1 99TEST None", "2 99TEST Disc", "3 99TEST Other"]
        let report = try report(configuration)
        #expect(report.scores.allSatisfy { abs($0.probabilities.reduce(0, +) - 1) < 1e-4 })
        #expect(report.validation.confusion.map { $0.count } == [3, 3, 3])
        // The second output is that of discs: it ranks them above all others.
        let isDisc = report.scores.map { $0.label == 1 }
        #expect(try #require(Metrics.auroc(report.scores.map { $0.probabilities[1] }, isDisc)) > 0.9)
        let hash = Hexadecimal.text(try SHA256.hash(report.onnx))
        let package = try ModelPackage(card: try report.passport(sha256: hash), onnx: report.onnx)
        #expect(package.card.labels.map(\.name) == ["none", "disc", "other"])
        #expect(String(decoding: try report.passport(sha256: hash), as: UTF8.self).contains("\"output\" : \"softmax\""))
    }

    @Test func thePassportHoldsWhatTheDaemonReads() throws {
        let folder = try Drawn.folder(64)
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 1
        let report = try report(configuration)
        let hash = Hexadecimal.text(try SHA256.hash(report.onnx))
        let bytes = try report.passport(sha256: hash)
        #expect(bytes == (try report.passport(sha256: hash)))
        let card = try ModelPackage(card: bytes, onnx: report.onnx).card
        #expect(card.id == "cxr-pneumonia" && card.version == "0.1.0")
        #expect(card.explanationLayer == report.explanationLayer)
        #expect(card.input.mean == 0.58 && card.input.width == 28)
        #expect(card.labels[0].code == ["233604007", "SCT", "Pneumonia"])
        #expect(card.labels[0].threshold == report.thresholds[0].upper)
    }

    @Test func wrongSettingsAndDataAreRefusedByName() throws {
        let folder = try Drawn.folder(64)
        let trainer = Trainer(read: Drawn.read)
        var configuration = Drawn.configuration(folder)
        configuration.batchSize = 1
        configuration.learningRate = .nan
        #expect(
            throws: TrainingError.badConfiguration(problems: [
                "training.batch: 1 is not a whole number within 2…512", "optimiser.rate: nan is not within 1e-07…1.0",
            ])
        ) {
            try trainer.run(configuration)
        }
        #expect(throws: TrainingError.undecodableRow(row: 2)) {
            try Trainer { _ in throw TrainingError.undecodable }.run(Drawn.configuration(folder))
        }
        let few = try Drawn.folder(4)
        #expect(throws: TrainingError.tooFewPictures) { try trainer.run(Drawn.configuration(few)) }
        let empty = try Scratch()
        #expect(throws: TrainingError.noLabels) { try trainer.run(Drawn.configuration(empty)) }
        for row in ["a.jpeg,train,2,G", "../a.jpeg,train,1,G", "/a.jpeg,train,1,G", "a.jpeg,train,1,", "a.jpeg,train"] {
            try empty.write("labels.csv", "file,split,pneumonia,patient_group\n\(row)\n")
            #expect(throws: TrainingError.badRow(row: 2)) { try trainer.run(Drawn.configuration(empty)) }
        }
        configuration = Drawn.configuration(folder)
        (configuration.widths, configuration.blocks, configuration.strides) = ([1000, 1000], [4, 4], [1, 2])
        #expect(throws: TrainingError.self) { try trainer.run(configuration) }
    }

    @Test func crossValidationMeasuresEveryPictureOnceByAModelThatNeverSawItsPatient() throws {
        let folder = try Drawn.folder(120)
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 2
        var rows: [Int] = []
        var folds: [CrossValidation.Fold] = []
        let isWhole = try CrossValidation(Trainer(read: Drawn.read)).run(
            configuration, folds: 3, control: TrainingControl()
        ) { fold, scores in
            folds.append(fold)
            rows += scores.map(\.row)
            #expect(fold.test.images == scores.count)
            #expect(fold.trainingImages + fold.validationImages + fold.test.images == 120)
        }
        #expect(isWhole && folds.map(\.number) == [1, 2, 3])
        #expect(rows.sorted() == Array(2...121))
        #expect(Set(folds.map(\.modelSHA256)).count == 3)
        // What is there already is not done again.
        var again: [Int] = []
        _ = try CrossValidation(Trainer(read: Drawn.read)).run(
            configuration, folds: 3, skipping: [1, 3], control: TrainingControl()
        ) { fold, _ in
            again.append(fold.number)
            #expect(fold == folds[1])
        }
        #expect(again == [2])
    }
}
