import Durability
import Foundation
import Passage
import WorkQueue

// Held instances: a person looks at why, and releases or rejects them.

extension Administration {
    func listQuarantine(actor: String) throws -> JSONValue {
        try store.read { transaction in
            .array(
                try transaction.rows("SELECT * FROM instance WHERE state = 'held' ORDER BY received_at LIMIT 1000")
                    .map(Self.describeInstance))
        }
    }

    func showHeld(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let (row, pixels) = try store.read { transaction in
            (
                try transaction.row("SELECT * FROM instance WHERE id = ? AND state = 'held'", .text(id)),
                try Clearance.describe(id, in: transaction)
            )
        }
        guard let row else { throw GatewayError.notFound("held instance with this id") }
        let described = Self.describeInstance(row)
        return pixels.map { described.with("pixels", $0) } ?? described
    }

    /// Lets a held instance go on; what was sealed away from analysis is sealed anew for it first.
    func releaseHeld(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("releasing a held instance wants --reason")
        }
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            guard
                let row = try transaction.row("SELECT * FROM instance WHERE id = ? AND state = 'held'", .text(id))
            else { throw GatewayError.notFound("held instance with this id") }
            try Clearance.release(id, now: now, in: transaction)
            if row.text("sealed_for") == "image" {
                try Ledger.move(id, to: .clearing, now: now, in: transaction)
                try WorkQueue.enqueue(
                    .analyse, subject: id, id: Identifier.random(), notBefore: now, now: now, in: transaction)
            } else {
                try WorkQueue.enqueue(
                    .release, subject: id, id: Identifier.random(), notBefore: now, now: now, in: transaction)
            }
            try transaction.owe(
                event(
                    .release, actor: actor, subject: id,
                    details: ["reason": reason, "held": row.text("reason") ?? ""]))
        }
        wake(.filing)
        wake(.analysis)
        return .object(["released": .string(id)])
    }

    func rejectHeld(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("rejecting a held instance wants --reason")
        }
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            guard
                let row = try transaction.row("SELECT * FROM instance WHERE id = ? AND state = 'held'", .text(id)),
                let study = row.text("study")
            else { throw GatewayError.notFound("held instance with this id") }
            // A conflict stays one: nothing may be said about this image in a report.
            let why = row.text("reason").flatMap { $0.hasPrefix("REC-03") ? $0 : nil } ?? "rejected"
            try Ledger.move(id, to: .refused, reason: why, now: now, in: transaction)
            try StudyTiming.scheduleReport(of: study, configuration: configuration, now: now, in: transaction)
            try transaction.owe(event(.reject, actor: actor, subject: id, details: ["reason": reason]))
        }
        wake(.filing)
        return .object(["rejected": .string(id)])
    }

    static func describeInstance(_ row: Row) -> JSONValue {
        .object([
            "id": .optional(row.text("id")), "study": .optional(row.text("study")),
            "state": .optional(row.text("state")), "reason": .optional(row.text("reason")),
            "source": .optional(row.text("source")), "bytes": .optional(row.integer("bytes")),
            "received": .optional(row.integer("received_at")), "changed": .optional(row.integer("changed_at")),
        ])
    }
}
