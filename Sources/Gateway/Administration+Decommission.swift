import Durability
import Foundation
import Journal
import Passage

// The end of an installation, first step: nothing more comes in, what is left to do is counted, and a second person is
// asked. The second step is `Decommission`.

extension Administration {
    static let decommissionVerb = "decommission"

    /// Rows of what is open that are shown.
    private static let shown = 200

    /// Pauses reception, says what has not come to its end, and asks for a second person.
    func planDecommission(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let answer = try askSecondPerson(Self.decommissionVerb, [:], reason: request.reason, caller: caller)
        _ = try pause(
            AdministrationRequest("pause", ["what": PauseBook.Part.reception.rawValue], reason: request.reason),
            actor: caller.name)
        let left = try openWork()
        return .object([
            "action": answer["action"], "expires": answer["expires"], "word": .string(configuration.aeTitle),
            "open": .number(left.count), "items": .array(Array(left.prefix(Self.shown))),
            "holds": .number(try legalHolds()),
        ])
    }

    /// What was received and has not come to its end: images under way or held, jobs that wait, are dead or held, results
    /// that a destination has not committed to keep. And what the journal knows of, and the database does not.
    func openWork() throws -> [JSONValue] {
        let underWay = InstanceState.allCases.filter { !$0.isTerminal }.map { "'\($0.rawValue)'" }.joined(
            separator: ",")
        var found = try store.read { transaction in
            try transaction.rows(
                """
                SELECT 'image' AS kind, id, state FROM instance WHERE state IN (\(underWay))
                UNION ALL SELECT kind, id, state FROM job WHERE state <> 'done'
                UNION ALL SELECT 'commitment', result, state FROM commitment WHERE state <> 'committed'
                """
            ).map { row -> JSONValue in
                .object([
                    "kind": .optional(row.text("kind")), "id": .optional(row.text("id")),
                    "state": .optional(row.text("state")),
                ])
            }
        }
        let answer = try reconcile(AdministrationRequest("reconcile"), actor: "decommission")
        if let missing = answer["missing"].number, missing > 0 {
            found.append(
                .object([
                    "kind": .string("images of the journal that the database does not know"),
                    "id": .string("\(Int(missing))"), "state": .string("missing"),
                ]))
        }
        return found
    }

    func legalHolds() throws -> Int {
        Int(try store.read { try $0.row("SELECT count(*) AS n FROM legal_hold") }?.integer("n") ?? 0)
    }

    /// The agreed action. Throws `refused` unless two persons have agreed and that is still valid.
    func agreedDecommission(_ id: String) throws -> (requestedBy: String, approvedBy: String) {
        let row = try store.read { transaction in
            try transaction.row(
                "SELECT * FROM action WHERE id = ? AND verb = ? AND state = 'approved' AND expires_at > ?",
                .text(id), .text(Self.decommissionVerb), .integer(clock.milliseconds()))
        }
        guard let row, let requestedBy = row.text("requested_by"), let approvedBy = row.text("decided_by") else {
            throw GatewayError.refused(
                "no second person has approved this decommissioning; see `cxrgate actions list`")
        }
        return (requestedBy, approvedBy)
    }
}
