import Durability
import Foundation
import Passage
import Sealing
import WorkQueue

/// What the report of a study has to speak of.
struct StudyContents: Sendable {
    /// One image, and what came of it.
    struct Member: Sendable {
        let instance: InstanceLookup
        let outcome: Outcome
    }

    /// What came of one image.
    enum Outcome: Sendable, Hashable, CustomStringConvertible {
        case analysed
        /// No finding: the state that it ended or stopped in, and the coded reason.
        case notPerformed(InstanceState, reason: String)

        /// As the database remembers what a report has said.
        var description: String {
            switch self {
            case .analysed: "analysed"
            case .notPerformed(let state, let reason): "\(state.rawValue) \(reason)"
            }
        }
    }

    /// The report that is valid now.
    struct Current: Sendable {
        let revision: Int64
        let sourceSet: [UInt8]
        let model: String
        let madeAt: Int64
    }

    /// In the order of arrival; one patient's alone.
    let members: [Member]
    /// Analysed images that bear the name of a member; they share its answer.
    let rivals: [Member]
    /// When the oldest image arrived that still waits for analysis; `nil` if none does.
    let oldestWaiting: Int64?
    /// How many revisions have been made.
    let revision: Int64
    let current: Current?

    var analysed: [InstanceLookup] { members.filter { $0.outcome == .analysed }.map(\.instance) }

    /// Names what the report is about: another set, or another outcome of one image, is another report.
    var sourceSet: [UInt8] {
        SourceSet.digest(members.map { $0.outcome == .analysed ? $0.instance.id : "\($0.instance.id) \($0.outcome)" })
    }

    static func find(
        _ study: String, silentWithoutFinding: Bool, in transaction: borrowing Transaction
    ) throws -> StudyContents {
        let rows = try transaction.rows(
            """
            SELECT instance.*, \(StudyRows.keysColumn) FROM instance
            WHERE instance.study = ? ORDER BY received_at, instance.id
            """, .text(study))
        var members: [Member] = []
        for row in rows {
            guard let instance = try InstanceLookup(row),
                let outcome = Outcome(instance, answered: row.text("answered"))
            else { continue }
            if outcome != .analysed, silentWithoutFinding { continue }
            members.append(Member(instance: instance, outcome: outcome))
        }
        let report = try transaction.row(
            "SELECT * FROM result WHERE study = ? AND kind = 'report' AND state = 'current' ORDER BY revision DESC LIMIT 1",
            .text(study))
        let waiting = rows.filter { ["clearing", "ready"].contains($0.text("state")) }.compactMap {
            $0.integer("received_at")
        }
        let revision = try transaction.row("SELECT revision FROM study WHERE id = ?", .text(study))
        let (chosen, rivals) = withoutRivals(members)
        return StudyContents(
            members: ofOnePatient(chosen), rivals: rivals, oldestWaiting: waiting.min(),
            revision: revision?.integer("revision") ?? 0,
            current: report.map { row in
                Current(
                    revision: row.integer("revision") ?? 0, sourceSet: row.blob("source_set") ?? [],
                    model: row.text("model") ?? "", madeAt: row.integer("made_at") ?? 0)
            })
    }

    /// Of several images under one name a report can speak of one: of those that were analysed, the one that came last,
    /// which a person has released. The others share its answer.
    private static func withoutRivals(_ members: [Member]) -> (chosen: [Member], rivals: [Member]) {
        var chosen: [String: Int] = [:]
        for (place, member) in members.enumerated() {
            let name = member.instance.uidToken
            if member.outcome == .analysed || chosen[name] == nil { chosen[name] = place }
        }
        let places = Set(chosen.values)
        return (
            members.indices.filter(places.contains).map { members[$0] },
            members.indices.filter { !places.contains($0) && members[$0].outcome == .analysed }.map { members[$0] }
        )
    }

    /// A report speaks of one patient; another's images in the same study are never mixed in.
    private static func ofOnePatient(_ members: [Member]) -> [Member] {
        let first = members.first { $0.outcome == .analysed } ?? members.first
        return members.filter { $0.instance.patient == first?.instance.patient }
    }
}

extension StudyContents.Outcome {
    /// `nil` while analysis has not ended, and where nothing may be said (conflicts of identity, what was destroyed or
    /// taken back).
    init?(_ instance: InstanceLookup, answered: String?) {
        switch instance.state {
        case .received, .clearing, .ready, .withdrawn, .shredded: return nil
        case .analysed, .reported, .delivered, .committed: self = .analysed
        case .held where instance.reason?.hasPrefix("REC-03") == true: return nil
        case .refused where instance.reason?.hasPrefix("REC-03") == true: return nil
        case .expired where answered != nil: return nil
        case .held, .refused, .notEligible, .failed, .expired:
            // The stable code in front of the words; what follows may differ from one attempt to the next.
            let code = (instance.reason ?? "").prefix { $0 != ":" }
            self = .notPerformed(instance.state, reason: String(code))
        }
    }
}

/// Why there is no finding, as a clause for the reader of a report.
enum NotPerformed {
    static func words(_ state: InstanceState, reason: String) -> String {
        switch state {
        case .notEligible: Eligibility.Refusal(rawValue: reason)?.meaning ?? "the image is not eligible"
        case .held: "the image is held for a check by the site's staff"
        case .refused: "the image was rejected by the site's staff"
        case .expired: "the image was not processed in time"
        default: "the analysis failed for technical reasons"
        }
    }
}

/// The set of instances that a result speaks of.
enum SourceSet {
    static func digest(_ instances: [String]) -> [UInt8] {
        let names = instances.sorted().joined(separator: ",")
        do {
            return try SHA256.hash(Array(names.utf8))
        } catch {
            // SHA-256 of a short text fails only without memory.
            preconditionFailure("no digest: \(error)")
        }
    }
}
