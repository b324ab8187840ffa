import Radiography
import Tensors

/// Trains a model from a folder of labelled pictures.
///
/// Order: read and decode; split by patient; train with running averages; keep the best epoch by a held-out figure;
/// calibrate on the held-out pictures; export; measure the export. Nothing of the daemon calls this.
public struct Trainer {
    private let read: (_ path: String) throws -> Picture

    /// Takes the reader of pictures: the daemon's own, so that training and daily work see the same pixels.
    public init(read: @escaping (_ path: String) throws -> Picture) { self.read = read }

    /// Trains, from the beginning or from a checkpoint of the same configuration and data. Throws `TrainingError`.
    public func run(
        _ configuration: TrainingConfiguration, resuming checkpoint: [UInt8]? = nil,
        control: TrainingControl = TrainingControl()
    ) throws(TrainingError) -> TrainingOutcome {
        let store = try load(configuration, control)
        return try train(configuration, store, Array(store.pictures.indices), checkpoint, control)
    }

    func load(
        _ configuration: TrainingConfiguration, _ control: TrainingControl
    ) throws(TrainingError) -> PictureStore {
        try configuration.check()
        let files = try LabelTable.read(configuration).filter { configuration.uses($0) }
        return try PictureStore(files, read: read)
    }

    func train(
        _ configuration: TrainingConfiguration, _ store: PictureStore, _ candidates: [Int], _ checkpoint: [UInt8]?,
        _ control: TrainingControl
    ) throws(TrainingError) -> TrainingOutcome {
        do {
            var session = try TrainingSession(configuration, store, candidates)
            if let checkpoint { try session.resume(checkpoint) }
            return try session.run(control)
        } catch let error as TrainingError {
            throw error
        } catch let error as TensorError {
            throw .engine(code: error.code)
        } catch {
            throw .engine(code: "unknown")
        }
    }
}

/// How a training is watched, stopped and kept.
public struct TrainingControl {
    /// What happens, as it happens.
    public var progress: (TrainingProgress) -> Void
    /// Asked between steps; true leaves a checkpoint and ends the training.
    public var shouldStop: () -> Bool
    /// Takes a checkpoint after each epoch, and when training is stopped.
    public var keep: (_ checkpoint: [UInt8]) throws(TrainingError) -> Void

    public init(
        progress: @escaping (TrainingProgress) -> Void = { _ in }, shouldStop: @escaping () -> Bool = { false },
        keep: @escaping (_ checkpoint: [UInt8]) throws(TrainingError) -> Void = { _ in }
    ) {
        self.progress = progress
        self.shouldStop = shouldStop
        self.keep = keep
    }
}

public enum TrainingProgress: Sendable {
    /// Pictures are decoded and divided; `data` is their SHA-256.
    case loaded(TrainingData)
    /// Pictures learned from in this epoch, of all; the mean loss so far.
    case step(epoch: Int, pictures: Int, of: Int, loss: Double)
    case epoch(TrainingReport.Epoch)
}

/// What a training learns from.
public struct TrainingData: Sendable, Hashable {
    public let trainingImages: Int
    public let validationImages: Int
    /// Of rows, labels, groups and decoded pixels.
    public let sha256: [UInt8]
    public let parameters: Int
    /// Rows of the label table that are held out.
    public let validationRows: [Int]
}

public enum TrainingOutcome: Sendable {
    case finished(TrainingReport)
    /// Stopped on demand; the checkpoint takes it up.
    case stopped
}
