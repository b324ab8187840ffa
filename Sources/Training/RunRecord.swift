/// What is known about one training: `run.json` in its folder, and the last file that is written.
public struct RunRecord: Sendable, Codable, Hashable {
    public enum State: String, Sendable, Codable {
        case running, finished, failed
        /// Stopped by a person, or killed; a checkpoint may be there.
        case interrupted
    }

    public let id: String
    public let name: String
    public var state: State
    /// UTC, ISO 8601.
    public let started: String
    public var ended: String?
    /// Of the program.
    public let version: String
    public let seed: UInt64
    /// Of `config.yaml`, without folder and threads: equal for trainings that should end with the same bits.
    public let configurationSHA256: String
    /// Of rows, labels, groups and decoded pixels.
    public var dataSHA256: String?
    public var trainingImages: Int?
    public var validationImages: Int?
    public var parameters: Int?
    /// The stable code of what went wrong.
    public var failure: String?
    /// Held-out figures at the end.
    public var metrics: [String: Double] = [:]
    /// SHA-256 of every other file, once the run is finished.
    public var files: [String: String] = [:]
    /// The process that works on it.
    public var process: Int32

    public init(
        id: String, name: String, started: String, version: String, configuration: TrainingConfiguration, process: Int32
    ) throws(TrainingError) {
        self.id = id
        self.name = name
        state = .running
        self.started = started
        self.version = version
        seed = configuration.seed
        configurationSHA256 = Digest.text(
            try TrainingState.fingerprint(configuration, data: [], pictures: []))
        self.process = process
    }
}
