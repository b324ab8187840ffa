import Durability

/// Which destinations a result goes to: those whose rules it meets, and those that have heard of its study before, since
/// they must not be left with an older word.
struct Routing {
    /// What the rules look at.
    struct Subject: Sendable, Hashable {
        let kind: StoredResult.Kind
        let study: String
        /// AE titles that sent the images it speaks of.
        let sources: Set<String>
        /// A finding is present or undetermined.
        let isNotable: Bool
    }

    private let destinations: [AEEntry]
    private let canary: AEEntry?

    init(in transaction: borrowing Transaction) throws {
        destinations = try transaction.rows("SELECT * FROM ae WHERE roles LIKE '%destination%' ORDER BY name")
            .compactMap { AEEntry($0) }
        canary = try Canary.entry(in: transaction)
    }

    /// Without a destination results wait for the first one; those of a canary wait for nobody.
    func isWaiting(_ subject: Subject) -> Bool {
        destinations.isEmpty && !subject.sources.contains(Canary.title)
    }

    func destinations(of subject: Subject, in transaction: borrowing Transaction) throws -> [String] {
        if subject.sources.contains(Canary.title) { return [canary?.name].compactMap(\.self) }
        return try destinations.filter { entry in
            guard entry.options.takes(subject.kind) else { return false }
            if entry.options.wants(subject) { return true }
            // What speaks of one image is never replaced by a later one.
            return try !subject.kind.isOfInstance && Self.hasHeard(entry.name, of: subject, in: transaction)
        }.map(\.name)
    }

    /// A destination that was sent, or is owed, an object of this kind of the study.
    private static func hasHeard(
        _ name: String, of subject: Subject, in transaction: borrowing Transaction
    ) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM result WHERE study = ?1 AND kind = ?2 AND (
                EXISTS (SELECT 1 FROM delivery WHERE result = result.id AND destination = ?3)
                OR EXISTS (SELECT 1 FROM job WHERE kind = 'deliver' AND subject = result.id AND destination = ?3)) LIMIT 1
            """, .text(subject.study), .text(subject.kind.rawValue), .text(name)) != nil
    }

    /// The AE titles that sent the images of a result.
    static func sources(
        study: String, instance: String?, in transaction: borrowing Transaction
    ) throws -> Set<String> {
        let rows = try transaction.rows(
            "SELECT DISTINCT source FROM instance WHERE study = ?1 AND (?2 IS NULL OR id = ?2)", .text(study),
            .optional(instance))
        return Set(rows.compactMap { $0.text("source") })
    }
}

extension AEOptions {
    /// Whether objects of this kind go there at all. Notes that take results back go wherever these are.
    func takes(_ kind: StoredResult.Kind) -> Bool {
        guard let object = kind.routed else { return true }
        return objects.isEmpty || objects.contains(object)
    }

    /// Whether source and findings are as its rules ask.
    func wants(_ subject: Routing.Subject) -> Bool {
        (resultsOf.isEmpty || !subject.sources.isDisjoint(with: resultsOf))
            && (findings == .all || subject.isNotable)
    }
}

extension StoredResult.Kind {
    var routed: AEOptions.ResultObject? {
        switch self {
        case .report: .report
        case .capture: .heatmap
        case .presentation: .presentationState
        case .keys: .keyObjects
        case .note: nil
        }
    }
}
