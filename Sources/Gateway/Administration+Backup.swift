import Durability
import Foundation
import Journal

// The command copies, where it may write; the gateway keeps the book about it.

extension Administration {
    /// Someone is about to copy everything but the keys.
    func beginBackup(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try note(
            event(.export, actor: actor, subject: try request.required("id"), details: ["what": "backup begun"]))
        return .object([:])
    }

    /// The backup is whole. Says whether an escrow of the keys that open it was ever exported.
    func endBackup(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let id = try request.required("id")
        let note = event(
            .export, actor: actor, subject: id,
            details: [
                "what": "backup", "files": try request.required("files"), "digest": try request.required("digest"),
            ])
        let now = clock.milliseconds()
        try committer.commit { transaction in
            try transaction.execute("INSERT OR REPLACE INTO fact VALUES ('backup', ?)", .text("\(now)"))
            try transaction.owe(note)
        }
        let isEscrowed = try store.read { transaction in
            try transaction.row(
                """
                SELECT 1 FROM action WHERE verb = 'keys escrow export' AND state = 'done' AND decided_at >=
                    (SELECT ifnull(max(made_at), 0) FROM role_key WHERE state = 'current')
                """) != nil
        }
        return .object(["escrowed": .bool(isEscrowed)])
    }
}
