import Durability
import Foundation
import Journal
import Passage
import Synchronization

// Every Success that was ever answered ends in exactly one state, and this counts them: by the journal, which no one
// changes, and, where the sender's list is given, by that.

extension Administration {
    /// Identifiers looked up in one question to the database.
    private static let batch = 500

    /// Without `uids`: every image that the journal says was received. With them, one SOP Instance UID per word: what
    /// became of each, told by its place in the list and never by its name.
    func reconcile(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        if let list = request.arguments["uids"] { return try reconcile(list: list, actor: actor) }
        try note(event(.administratorRead, actor: actor, details: ["what": "reconcile"]))
        var tally = Tally()
        var pending: [String] = []
        try JournalReader(directory: directory.journal).forEach { entry in
            guard entry.event.kind == .receive else { return true }
            if entry.event.outcome == "repeat" { tally.repeats += 1 }
            guard let subject = entry.event.subject else { return true }
            pending.append(subject)
            if pending.count == Self.batch {
                try count(pending, into: &tally)
                pending = []
            }
            return true
        }
        try count(pending, into: &tally)
        let rows = try store.read { try $0.row("SELECT count(*) AS n FROM instance") }?.integer("n") ?? 0
        let stuck = try store.read { try Self.stuck(in: $0) }
        // Entries of the journal older than it must be kept are gone; their rows are not unjournalled.
        let retired =
            try store.read {
                try $0.row("SELECT count(*) AS n FROM instance WHERE state IN ('expired', 'shredded')")
            }?.integer("n") ?? 0
        let unjournalled = max(0, rows - tally.found - retired)
        return .object([
            "answered": .number(tally.answered), "repeats": .number(tally.repeats),
            "ended": .object(tally.ended.mapValues { .number($0) }),
            "underWay": .object(tally.underWay.mapValues { .number($0) }), "missing": .number(tally.missing),
            "stuck": .number(stuck), "unjournalled": .number(unjournalled),
            "fine": .bool(tally.missing == 0 && stuck == 0 && unjournalled == 0),
        ])
    }

    private struct Tally {
        var answered = 0
        var repeats = 0
        var found: Int64 = 0
        var missing = 0
        var ended: [String: Int] = [:]
        var underWay: [String: Int] = [:]
    }

    private func count(_ subjects: [String], into tally: inout Tally) throws {
        // Ids are 32 hexadecimal digits; anything else cannot be one of ours, and is missing.
        let wanted = Set(subjects.filter { $0.utf8.count == 32 && $0.allSatisfy(\.isHexDigit) })
        tally.answered += subjects.count
        let list = wanted.map { "'\($0)'" }.joined(separator: ",")
        let rows = try store.read { try $0.rows("SELECT state FROM instance WHERE id IN (\(list))") }
        tally.found += Int64(rows.count)
        tally.missing += subjects.count - rows.count
        for name in rows.compactMap({ $0.text("state") }) {
            if InstanceState(rawValue: name)?.isTerminal == true {
                tally.ended[name, default: 0] += 1
            } else {
                tally.underWay[name, default: 0] += 1
            }
        }
    }

    /// Images that have not come to an end, wait for nobody, and have no work open.
    private static func stuck(in transaction: borrowing Transaction) throws -> Int64 {
        let open = InstanceState.allCases.filter { !$0.isTerminal && $0 != .held }.map { "'\($0.rawValue)'" }
            .joined(separator: ",")
        let row = try transaction.row(
            """
            SELECT count(*) AS n FROM instance WHERE state IN (\(open)) AND NOT EXISTS (
                SELECT 1 FROM job WHERE state <> 'done' AND subject IN (
                    SELECT instance.id UNION SELECT instance.study
                    UNION SELECT result.id FROM result WHERE result.study = instance.study))
            AND EXISTS (SELECT 1 FROM ae WHERE roles LIKE '%destination%')
            """)
        return row?.integer("n") ?? 0
    }

    private func reconcile(list: String, actor: String) throws -> JSONValue {
        try note(event(.administratorRead, actor: actor, details: ["what": "reconcile with a list"]))
        let uids = list.split(separator: " ").map(String.init)
        guard uids.count <= Self.batch else {
            throw GatewayError.badRequest("at most \(Self.batch) UIDs in one question")
        }
        return .array(
            try uids.map { uid in
                let isUID = uid.utf8.count <= 64 && uid.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
                guard isUID else { return .string("not a UID") }
                let tokens = try pseudonyms(.instance, uid)
                let states = try store.read { transaction in
                    try tokens.flatMap { token in
                        try transaction.rows("SELECT state FROM instance WHERE uid_token = ?", .text(token))
                    }.compactMap { $0.text("state") }
                }
                return .string(states.isEmpty ? "missing" : states.sorted().joined(separator: "+"))
            })
    }
}
