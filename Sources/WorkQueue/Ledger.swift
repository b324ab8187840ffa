import DICOMCore
import Durability
import Passage

/// The rows of instances and studies, and their passage from state to state.
public enum Ledger {
    /// A change that the state table of ``InstanceState`` does not know: our bug, or a race that someone else won.
    public struct IllegalTransition: Error, Sendable, Hashable, CustomStringConvertible {
        public let from: String
        public let to: InstanceState
        public var description: String { "QUE-001: an instance cannot go from \(from) to \(to.rawValue)" }
    }

    /// Moves an instance to another state, if the table allows it from where it stands.
    public static func move(
        _ instance: String, to state: InstanceState, reason: String? = nil, now: WorkQueue.Milliseconds,
        in transaction: borrowing Transaction
    ) throws {
        let current = try transaction.row("SELECT state FROM instance WHERE id = ?", .text(instance))?.text("state")
        guard let current, let from = InstanceState(rawValue: current) else {
            throw IllegalTransition(from: current ?? "nothing", to: state)
        }
        if from == state { return }
        guard from.successors.contains(state) else { throw IllegalTransition(from: from.rawValue, to: state) }
        try transaction.execute(
            "UPDATE instance SET state = ?, reason = ?, changed_at = ? WHERE id = ?",
            .text(state.rawValue), .optional(reason), .integer(now), .text(instance))
    }

    /// Counts something for `status`.
    public static func count(
        _ name: String, by amount: Int = 1, in transaction: borrowing Transaction
    ) throws(DurabilityError) {
        try transaction.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            .text(name), .integer(amount))
    }

    /// When the report of a study may be made: quiet for `quiet` milliseconds after its last image, `cap` at most
    /// after its first.
    public static func reportTime(
        firstImage: WorkQueue.Milliseconds, lastImage: WorkQueue.Milliseconds, quiet: WorkQueue.Milliseconds,
        cap: WorkQueue.Milliseconds
    ) -> WorkQueue.Milliseconds {
        max(min(lastImage + quiet, firstImage + cap), lastImage)
    }
}
