import Durability

/// Which version speaks of a study. Chosen once, when its first image is analysed; a promotion, a rollback or the end of
/// an experiment changes nothing for a study that has one, so that a study never gets two opinions.
public struct StudyBinding: Sendable, Hashable {
    public let id: String
    public let version: String
    public let weights: String
    /// SHA-256 of the signed passport.
    public let passport: String
    /// The experiment that decided, and the patient's arm in it.
    public let experiment: String?
    public let arm: Experiment.Arm?

    public init(
        id: String, version: String, weights: String, passport: String, experiment: String? = nil,
        arm: Experiment.Arm? = nil
    ) {
        self.id = id
        self.version = version
        self.weights = weights
        self.passport = passport
        self.experiment = experiment
        self.arm = arm
    }

    public init(_ entry: ModelBook.Entry, experiment: String? = nil, arm: Experiment.Arm? = nil) {
        self.init(
            id: entry.id, version: entry.version, weights: entry.weights, passport: entry.passport,
            experiment: experiment, arm: arm)
    }

    /// `nil` if no image of the study was analysed yet.
    public static func find(_ study: String, in transaction: borrowing Transaction) throws -> StudyBinding? {
        try transaction.row("SELECT * FROM study_model WHERE study = ?", .text(study)).flatMap(StudyBinding.init)
    }

    /// Binds a study that has none; returns what it is bound to now.
    public func bind(
        _ study: String, at now: Int64, in transaction: borrowing Transaction
    ) throws -> StudyBinding {
        try transaction.execute(
            """
            INSERT OR IGNORE INTO study_model (study, id, version, weights, passport, experiment, arm, bound_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(study), .text(id), .text(version), .text(weights), .text(passport), .optional(experiment),
            .optional(arm?.rawValue), .integer(now))
        return try Self.find(study, in: transaction) ?? self
    }

    private init?(_ row: Row) {
        guard let id = row.text("id"), let version = row.text("version"), let weights = row.text("weights"),
            let passport = row.text("passport")
        else { return nil }
        self.init(
            id: id, version: version, weights: weights, passport: passport, experiment: row.text("experiment"),
            arm: row.text("arm").flatMap(Experiment.Arm.init))
    }
}
