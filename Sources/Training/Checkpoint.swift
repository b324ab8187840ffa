import Foundation
import Sealing
import Tensors

/// Where a training stands, beside its weights.
struct TrainingState: Codable, Hashable {
    var history: [TrainingReport.Epoch] = []
    var bestEpoch = 0
    var bestAUROC = -1.0
    var bestLoss: Double?
    /// Of the epoch that is not over.
    var stepsDone = 0
    var lossSum = 0.0
    var optimiserStep = 0
    var schedule = RateSchedule.Memory()

    /// What a checkpoint may only be used with: all settings but threads and folder, the data, and which of the pictures.
    static func fingerprint(
        _ configuration: TrainingConfiguration, data: [UInt8], pictures: [Int]
    ) throws(TrainingError) -> [UInt8] {
        var configuration = configuration
        configuration.threads = 1
        configuration.dataDirectory = ""
        let chosen = pictures.map(String.init).joined(separator: ",")
        return try Digest.of(Array((TrainingFile.text(configuration) + chosen).utf8) + data)
    }
}

/// A training in the middle, as one file: what goes on from it ends with the same bits as if it had never stopped.
///
/// Form: `CXRTRN1` and a line feed; the fingerprint (32 bytes); the length of the state (8 bytes, little-endian) and the
/// state as JSON; weights, average, best weights and the optimiser's memory as little-endian floats; SHA-256 of all that.
struct Checkpoint {
    let state: TrainingState
    let weights: [Tensor]
    let average: [Tensor]
    let best: [Tensor]
    let memory: [[Float]]

    private static let magic = Array("CXRTRN1\n".utf8)

    init(state: TrainingState, weights: [Tensor], average: [Tensor], best: [Tensor], memory: [[Float]]) {
        self.state = state
        self.weights = weights
        self.average = average
        self.best = best
        self.memory = memory
    }

    func encoded(fingerprint: [UInt8]) throws(TrainingError) -> [UInt8] {
        let json: Data
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            json = try encoder.encode(state)
        } catch {
            throw .cannotWrite
        }
        var bytes = Checkpoint.magic + fingerprint
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: json.count >> shift)) }
        bytes += json
        for values in (weights + average + best).map(\.values) + memory {
            unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        }
        return bytes + (try Digest.of(bytes))
    }

    /// Reads a checkpoint of a training with the given fingerprint, weights and optimiser.
    init(
        _ bytes: [UInt8], fingerprint: [UInt8], shapes: [[Int]], memory counts: [Int]
    ) throws(TrainingError) {
        let begin = Checkpoint.magic.count + fingerprint.count + 8
        guard bytes.count > begin + SHA256.byteCount, bytes.starts(with: Checkpoint.magic),
            try Digest.of(Array(bytes.dropLast(SHA256.byteCount))) == bytes.suffix(SHA256.byteCount)
        else { throw .badCheckpoint }
        guard Array(bytes[Checkpoint.magic.count..<begin - 8]) == fingerprint else { throw .otherTraining }
        let length = (0..<8).reduce(0) { $0 | Int(bytes[begin - 8 + $1]) << (8 * $1) }
        let floats = 3 * shapes.map { $0.reduce(1, *) }.reduce(0, +) + counts.reduce(0, +)
        guard length >= 0, length < bytes.count,
            bytes.count == begin + length + 4 * floats + SHA256.byteCount,
            let state = try? JSONDecoder().decode(TrainingState.self, from: Data(bytes[begin..<begin + length]))
        else { throw .badCheckpoint }
        var at = begin + length
        func take(_ count: Int) -> [Float] {
            defer { at += 4 * count }
            return (0..<count).map { index in
                let place = at + 4 * index
                return Float(
                    bitPattern: UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
                        | UInt32(bytes[place + 3]) << 24)
            }
        }
        func tensors() -> [Tensor] { shapes.map { Tensor(shape: $0, values: take($0.reduce(1, *))) } }
        self.state = state
        weights = tensors()
        average = tensors()
        best = tensors()
        memory = counts.map { take($0) }
    }
}
