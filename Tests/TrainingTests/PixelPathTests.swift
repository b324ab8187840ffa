import DICOMCore
import Foundation
import Gateway
import Inference
import ModelCard
import Phantom
import Radiography
import Sealing
import Tensors
import Testing

@testable import Training

/// What training sees is what the daemon sees.
@Suite struct PixelPathTests {
    private func package(_ report: TrainingReport) throws -> ModelPackage {
        let hash = Hexadecimal.text(try SHA256.hash(report.onnx))
        return try ModelPackage(card: try report.passport(sha256: hash), onnx: report.onnx)
    }

    /// Sixteen bits, inverted, larger than the input, not square.
    private func deep(_ path: String) throws -> Picture {
        let number = Int(path.split(separator: "/").last?.split(separator: ".").first ?? "") ?? 0
        let shadow =
            Drawn.isPositive(number) ? Phantom.Opacity(side: .right, zone: .lower, strength: 1, extent: 1) : nil
        let set = PhantomStudy.dxDataSet(
            seed: UInt64(number), rows: 60, columns: 48, opacity: shadow, isInverted: number % 3 == 0)
        guard let geometry = PixelGeometry(set), let samples = set[.pixelData]?.bytes else {
            throw TrainingError.undecodable
        }
        return try PixelPipeline.picture(native: samples, geometry: geometry, header: set)
    }

    @Test(arguments: [false, true])
    func everyHeldOutScoreIsBitForBitTheDaemons(isDeep: Bool) throws {
        let folder = try Drawn.folder(64)
        var configuration = Drawn.configuration(folder)
        configuration.epochs = 1
        let read = isDeep ? deep : Drawn.read
        guard case .finished(let report) = try Trainer(read: read).run(configuration) else {
            Issue.record("the training was stopped")
            return
        }
        let classifier = try Classifier(try package(report))
        #expect(report.scores.count >= 12)
        for score in report.scores {
            let (findings, run) = try classifier.classify(try read("\(score.row - 2).jpeg"), remarks: [])
            #expect(run.logits == score.logits)
            #expect(findings.findings[0].probability == Double(score.probabilities[0]))
        }
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["CXR_TEST_DATA"] != nil, "CXR_TEST_DATA is not set"))
    func realFilesGiveTheNetworkTheSameBitsInTrainingAndInTheDaemon() throws {
        let data = try #require(ProcessInfo.processInfo.environment["CXR_TEST_DATA"])
        let folder = data + "/kermany/val"
        let names = try #require(FileManager.default.subpaths(atPath: folder)).filter { $0.hasSuffix(".jpeg") }
        #expect(names.count == 16)
        let reader = PictureReader(executable: "")
        let read = { (path: String) in try reader.picture([UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))) }
        let files = names.enumerated().map {
            LabelledFile(row: $0 + 2, path: "\(folder)/\($1)", split: "", label: 0, patientGroup: "\($0)")
        }
        let store = try PictureStore(files, read: read)
        let classifier = try Classifier(.builtIn())
        let configuration = TrainingConfiguration(dataDirectory: folder)
        for (index, file) in files.enumerated() {
            #expect(try store.input(index, configuration) == classifier.input(try read(file.path)))
        }
    }
}
