import DICOMCore
import Durability
import Passage
import WorkQueue

/// An object that was just made, and what it is about.
struct MadeResult {
    let object: DataSet
    let kind: StoredResult.Kind
    /// The instance of a capture; of a report, any instance of its study.
    let study: InstanceLookup
    let sourceSet: [UInt8]
    let revision: Int64
    let model: ModelIdentity
    /// Milliseconds since 1970-01-01 UTC, as the object says.
    let madeAt: Int64
    /// A finding is present or undetermined.
    var isNotable = false
    /// The images that a report answers.
    var members: [StudyContents.Member] = []
}

/// What the database keeps of a result.
struct ResultRow: Sendable {
    let id: String
    let kind: StoredResult.Kind
    let study: String
    let instance: String?
    let revision: Int64
    private let path: String
    private let madeAt: Int64
    private let sourceSet: [UInt8]
    private let model: String
    private let isNotable: Bool
    private let answers: [(instance: String, outcome: StudyContents.Outcome)]

    /// The name under which its kind is counted.
    var counter: String {
        switch kind {
        case .report: "reports made"
        case .capture: "captures made"
        case .presentation: "presentation states made"
        case .keys: "key object selections made"
        case .note: "notes made"
        }
    }

    var imageCount: Int { kind == .report ? answers.count : 1 }

    init(id: String, path: String, _ made: MadeResult) {
        self.id = id
        self.path = path
        kind = made.kind
        study = made.study.study
        instance = made.kind.isOfInstance ? made.study.id : nil
        revision = made.revision
        madeAt = made.madeAt
        sourceSet = made.sourceSet
        model = made.model.text
        isNotable = made.isNotable
        answers = made.members.map { ($0.instance.id, $0.outcome) }
    }

    /// What the rules of destinations look at.
    func subject(in transaction: borrowing Transaction) throws -> Routing.Subject {
        Routing.Subject(
            kind: kind, study: study,
            sources: try Routing.sources(study: study, instance: instance, in: transaction), isNotable: isNotable)
    }

    /// - Parameter isUnrouted: no destination asks for it, so nobody waits for it.
    func insert(isUnrouted: Bool, in transaction: borrowing Transaction) throws(DurabilityError) {
        try transaction.execute(
            """
            INSERT INTO result
                (id, kind, study, instance, revision, path, made_at, source_set, model, is_notable, is_unrouted)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(id), .text(kind.rawValue), .text(study), .optional(instance), .integer(revision), .text(path),
            .integer(madeAt), .blob(sourceSet), .text(model),
            .integer(isNotable ? 1 : 0), .integer(isUnrouted ? 1 : 0))
        guard kind == .report || kind == .keys else { return }
        // A newer one of the same kind takes its place.
        try transaction.execute(
            "UPDATE result SET state = 'superseded' WHERE study = ? AND kind = ? AND state = 'current' AND id <> ?",
            .text(study), .text(kind.rawValue), .text(id))
    }

    /// The images of a report have their answer.
    func answer(now: Int64, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "UPDATE study SET revision = ? WHERE id = ?", .integer(revision), .text(study))
        for (instance, outcome) in answers {
            try transaction.execute(
                "UPDATE instance SET answered = ? WHERE id = ?", .text("\(outcome)"), .text(instance))
            let state = try transaction.row("SELECT state FROM instance WHERE id = ?", .text(instance))?.text("state")
            // Those that an earlier revision spoke of stay where they are.
            if state == "analysed" { try Ledger.move(instance, to: .reported, now: now, in: transaction) }
        }
    }
}
