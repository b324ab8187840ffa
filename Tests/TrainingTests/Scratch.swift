import Foundation
import Radiography
import Synchronization

@testable import Training

/// A folder that is removed with its owner.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "training-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }
}

/// Drawn pictures of 28 x 28 pixels: dark ground with noise, and in every second one a bright disc.
enum Drawn {
    static func image(_ number: Int) throws -> GrayImage {
        var random = RandomSource(seed: 99, UInt64(number))
        let (row, column) = (8 + random.index(below: 12), 8 + random.index(below: 12))
        let pixels = (0..<28 * 28).map { at -> UInt8 in
            let (dy, dx) = (at / 28 - row, at % 28 - column)
            let isDisc = isPositive(number) && dy * dy + dx * dx < 16
            return UInt8((isDisc ? 170 : 60) + random.index(below: 60))
        }
        return try GrayImage(rows: 28, columns: 28, pixels: pixels)
    }

    static func isPositive(_ number: Int) -> Bool { number % 2 == 1 }

    /// A folder with the label table of `count` pictures, two for each patient group of one class.
    static func folder(_ count: Int) throws -> Scratch {
        let scratch = try Scratch()
        var text = "file,split,pneumonia,subtype,patient_group,orig_width,orig_height\n"
        for number in 0..<count {
            text += "\(number).jpeg,train,\(isPositive(number) ? 1 : 0),,G\(number % 2)-\(number / 4),,\n"
        }
        try scratch.write("labels.csv", text)
        return scratch
    }

    /// The reader of pictures that trainings of drawn pictures use. Each is made once: many trainings read the same.
    static func read(_ path: String) throws -> Picture {
        let number = Int(path.split(separator: "/").last?.split(separator: ".").first ?? "") ?? 0
        if let picture = made.withLock({ $0[number] }) { return picture }
        let image = try image(number)
        let picture = try Picture(rows: image.rows, columns: image.columns, gray8: image.pixels)
        made.withLock { $0[number] = picture }
        return picture
    }

    private static let made = Mutex<[Int: Picture]>([:])

    static func configuration(_ folder: Scratch) -> TrainingConfiguration {
        var configuration = TrainingConfiguration(dataDirectory: folder.path)
        configuration.inputSize = 28
        configuration.widths = [8, 16]
        configuration.strides = [1, 2]
        configuration.blocks = [1, 1]
        configuration.batchSize = 16
        configuration.epochs = 5
        configuration.patience = 5
        configuration.averageDecay = 0.9
        configuration.learningRate = 5e-3
        configuration.validationShare = 0.25
        return configuration
    }
}
