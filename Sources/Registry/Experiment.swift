import Durability
import ModelCard
import Sealing

/// A second model beside the one in production: in a shadow, where its results stay in the node, or for a share of the
/// patients. One runs at a time. It ends by its time or by hand; nothing is promoted by it.
public struct Experiment: Sendable {
    public enum Mode: String, Sendable, CaseIterable {
        /// Both models look at every image of the share; only the control speaks.
        case shadow
        /// The treatment speaks of the patients of its arm.
        case split
    }

    public enum Arm: String, Sendable, CaseIterable {
        case control, treatment
    }

    public let name: String
    public let mode: Mode
    public let control: ModelBook.Entry
    public let treatment: ModelBook.Entry
    /// Of patients, in hundredths of a percent: who get the treatment, or are looked at in the shadow.
    public let share: Int
    public let confidence: Double
    public let minimumStudies: Int
    public let isRunning: Bool
    /// Milliseconds since 1970-01-01 UTC.
    public let startedAt: Int64
    public let endsAt: Int64
    public let stoppedAt: Int64?
    public let stoppedWhy: String?
    public let assignment: Assignment

    /// What an experiment is asked to be.
    public struct Wish: Sendable {
        public let name: String
        public let mode: Mode
        public let treatment: ModelBook.Entry
        public let share: Int
        public let days: Double
        public let minimumStudies: Int
        public let confidence: Double

        /// Checks every value. Throws `experiment`.
        public init(
            name: String, mode: Mode, treatment: ModelBook.Entry, share: Int, days: Double, minimumStudies: Int,
            confidence: Double
        ) throws(RegistryError) {
            guard ModelID(name) != nil else {
                throw .experiment(why: "an experiment's name is 1 to 48 of a-z, 0-9 and '-', a letter first")
            }
            guard (0...Assignment.parts).contains(share) else {
                throw .experiment(why: "the share is 0 to 100 percent")
            }
            guard days > 0, days <= 366 else { throw .experiment(why: "an experiment lasts at most 366 days") }
            guard (1...1_000_000).contains(minimumStudies) else {
                throw .experiment(why: "the number of studies is 1 to 1000000")
            }
            guard (0.5..<1).contains(confidence) else { throw .experiment(why: "the confidence is 0.5 to below 1") }
            self.name = name
            self.mode = mode
            self.treatment = treatment
            self.share = share
            self.days = days
            self.minimumStudies = minimumStudies
            self.confidence = confidence
        }
    }

    /// Starts one against what is in production. Throws `experiment` if one runs, if the name was used, or if the
    /// treatment may not be it.
    ///
    /// - Parameter key: 32 bytes that no other experiment has.
    public static func start(
        _ wish: Wish, key: [UInt8], at now: Int64, in transaction: borrowing Transaction
    ) throws {
        guard let control = try ModelBook.production(in: transaction) else { throw RegistryError.noProduction }
        let treatment = try ModelBook.find(wish.treatment.id, wish.treatment.version, in: transaction)
        guard treatment.state == .staged || treatment.state == .former else {
            throw RegistryError.experiment(why: "the second model is \(treatment.state.rawValue); take another version")
        }
        guard try running(in: transaction) == nil else {
            throw RegistryError.experiment(why: "an experiment runs; stop it first with `cxrgate model ab stop`")
        }
        let added = try transaction.execute(
            """
            INSERT OR IGNORE INTO experiment (name, mode, control_id, control_version, treatment_id, treatment_version,
                share, assignment_key, confidence, minimum_studies, state, started_at, ends_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)
            """, .text(wish.name), .text(wish.mode.rawValue), .text(control.id), .text(control.version),
            .text(treatment.id), .text(treatment.version), .integer(Int64(wish.share)), .blob(key),
            .real(wish.confidence), .integer(Int64(wish.minimumStudies)), .integer(now),
            .integer(now + Int64(wish.days * 86_400_000)))
        guard added == 1 else {
            throw RegistryError.experiment(why: "the name was used; its patients would be the same again, take another")
        }
    }

    /// Ends the one that runs; returns its name, `nil` if none did.
    @discardableResult
    public static func stop(why: String, at now: Int64, in transaction: borrowing Transaction) throws -> String? {
        guard let name = try transaction.row("SELECT name FROM experiment WHERE state = 'running'")?.text("name") else {
            return nil
        }
        try transaction.execute(
            "UPDATE experiment SET state = 'stopped', stopped_at = ?, stopped_why = ? WHERE state = 'running'",
            .integer(now), .text(why))
        return name
    }

    public static func running(in transaction: borrowing Transaction) throws -> Experiment? {
        guard let row = try transaction.row("SELECT * FROM experiment WHERE state = 'running'") else { return nil }
        return try Experiment(row, in: transaction)
    }

    /// Newest first.
    public static func all(in transaction: borrowing Transaction) throws -> [Experiment] {
        var found: [Experiment] = []
        for row in try transaction.rows("SELECT * FROM experiment ORDER BY started_at DESC LIMIT 200") {
            if let experiment = try Experiment(row, in: transaction) { found.append(experiment) }
        }
        return found
    }

    /// Whether it still decides: an experiment whose time is over does not, even before anyone has stopped it.
    public func decides(at now: Int64) -> Bool { isRunning && now < endsAt }

    private init?(_ row: Row, in transaction: borrowing Transaction) throws {
        guard let name = row.text("name"), let mode = row.text("mode").flatMap(Mode.init),
            let controlID = row.text("control_id"), let controlVersion = row.text("control_version"),
            let treatmentID = row.text("treatment_id"), let treatmentVersion = row.text("treatment_version"),
            let share = row.integer("share"), let key = row.blob("assignment_key"),
            let confidence = row.real("confidence"), let minimum = row.integer("minimum_studies"),
            let startedAt = row.integer("started_at"), let endsAt = row.integer("ends_at")
        else { return nil }
        self.name = name
        self.mode = mode
        control = try ModelBook.find(controlID, controlVersion, in: transaction)
        treatment = try ModelBook.find(treatmentID, treatmentVersion, in: transaction)
        self.share = Int(share)
        self.confidence = confidence
        minimumStudies = Int(minimum)
        isRunning = row.text("state") == "running"
        self.startedAt = startedAt
        self.endsAt = endsAt
        stoppedAt = row.integer("stopped_at")
        stoppedWhy = row.text("stopped_why")
        assignment = Assignment(key: SecretBytes(copying: key), share: Int(share))
    }
}
