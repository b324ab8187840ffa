import Durability
import Foundation

/// What ails a peer, in plain words, each with the command that would mend it.
extension Administration {
    func doctorAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        let now = clock.milliseconds()
        return try store.read { transaction in
            let entry = try AEChange.entry(named: name, in: transaction)
            var findings: [JSONValue] = []
            func note(
                _ what: String, _ mend: String, _ at: Int64? = nil, _ count: Int64? = nil, _ from: String? = nil
            ) {
                findings.append(
                    .object([
                        "finding": .string(what), "mend": .string(mend), "at": .optional(at),
                        "count": .optional(count), "from": .optional(from),
                    ]))
            }
            let title = entry?.title ?? name
            if entry == nil {
                note("no AE title is registered under this name", "cxrgate ae add '\(name)' --role source")
            }
            for row in try Self.refusals(of: title, in: transaction) {
                let address = row.text("address") ?? "?"
                let called = row.text("title") ?? "?"
                let isSame = called == title
                let code = row.text("code") ?? "?"
                note(
                    "\(code): \(row.text("meaning") ?? "")" + (isSame ? "" : " (called itself '\(called)')"),
                    isSame
                        ? Self.mend(code, name: name, entry: entry, address: address, detail: row.text("detail"))
                        : "cxrgate ae set '\(name)' --title '\(called)', or correct the title at the device",
                    row.integer("last_at"), row.integer("count"), address)
            }
            if let entry, entry.isSource, entry.options.silentAfterHours > 0 {
                let last = try transaction.row(
                    "SELECT max(received_at) AS at FROM instance WHERE source = ?", .text(entry.title))?.integer("at")
                let silent = now - (last ?? 0)
                if last == nil || Double(silent) > entry.options.silentAfterHours * 3_600_000 {
                    note(
                        last == nil
                            ? "it has never sent an image" : "it has sent no image for \(silent / 3_600_000) hours",
                        "look at the device's send queue; its log says whether it reaches us", last)
                }
            }
            if let entry, entry.isDestination { try Self.examine(entry, now: now, note, in: transaction) }
            return .object([
                "name": .string(name), "registered": .bool(entry != nil), "findings": .array(findings),
            ])
        }
    }

    /// Refusals of the title, and of titles that differ from it in case, spaces, hyphens and underscores alone.
    private static func refusals(of title: String, in transaction: borrowing Transaction) throws -> [Row] {
        func bare(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        let wanted = bare(title)
        return try transaction.rows("SELECT * FROM ae_refusal ORDER BY last_at DESC LIMIT 1000").filter { row in
            guard let called = row.text("title") else { return false }
            return called == title || (!wanted.isEmpty && bare(called) == wanted)
        }
    }

    private static func mend(
        _ code: String, name: String, entry: AEEntry?, address: String, detail: String?
    ) -> String {
        switch code {
        case "REC-001": return "set the called AE title at the device to ours; `cxrgate status` shows it"
        case "REC-002":
            guard entry != nil else { return "cxrgate ae add '\(name)' --role source --host \(address)" }
            return "cxrgate ae set '\(name)' --role source"
        case "REC-003":
            let known = (entry?.options.addresses ?? []) + [address]
            return "cxrgate ae set '\(name)' --addresses \(known.joined(separator: ","))"
        case "REC-005": return "make room on the disk, or lower disk.reserve_mib"
        case "REC-007": return "send only CR, DX and secondary capture, in a transfer syntax that is taken here"
        case "REC-008": return "call the TLS port, or: cxrgate ae set '\(name)' --tls off"
        case "REC-009":
            guard let detail else { return "let the device show its certificate" }
            return "if that is its certificate: cxrgate ae set '\(name)' --fingerprint \(detail)"
        case "REC-041":
            return "cxrgate ae set '\(name)' --max-associations \((entry?.options.maxAssociations ?? 16) * 2)"
        case "REC-042": return "cxrgate ae set '\(name)' --rate \((entry?.options.associationsPerMinute ?? 600) * 2)"
        case "REC-043": return "look at certificate, authority and TLS version at the device"
        case "REC-004", "REC-006": return "nothing: it tries again"
        default: return "look at the image at the device; the code is explained in the conformance statement"
        }
    }

    private static func examine(
        _ entry: AEEntry, now: Int64,
        _ note: (_ what: String, _ mend: String, _ at: Int64?, _ count: Int64?, _ from: String?) -> Void,
        in transaction: borrowing Transaction
    ) throws {
        let place = [entry.host, entry.port.map { "\($0)" }].compactMap { $0 }.joined(separator: ":")
        let row = try transaction.row("SELECT * FROM destination WHERE name = ?", .text(entry.name))
        if let row, row.text("state") != "closed" || (row.integer("failures") ?? 0) > 0 {
            note(
                "it is not reached: \(row.text("error") ?? "")", "cxrgate ae echo '\(entry.name)'",
                row.integer("error_at"), row.integer("failures"), place)
        }
        if let row, entry.options.query, row.integer("takes_queries") == 0 {
            note(
                "it takes no queries, so nobody checks that the patient is still the same",
                "allow C-FIND there for us, or: cxrgate ae set '\(entry.name)' --query off", nil, nil, place)
        }
        if let row, entry.options.commitment, row.integer("takes_commitment") == 0 {
            note(
                "it takes no requests for commitment", "cxrgate ae set '\(entry.name)' --commitment off", nil, nil,
                place)
        }
        for failed in try transaction.rows(
            """
            SELECT error, state, count(*) AS n, max(changed_at) AS at FROM job
            WHERE kind = 'deliver' AND destination = ? AND error IS NOT NULL AND state IN ('waiting', 'held', 'dead')
            GROUP BY error, state ORDER BY at DESC LIMIT 20
            """, .text(entry.name))
        {
            let state = failed.text("state") ?? ""
            note(
                "\(state): \(failed.text("error") ?? "")",
                state == "waiting" ? "nothing: it is tried again" : "cxrgate queue list --state \(state)",
                failed.integer("at"), failed.integer("n"), place)
        }
        let unconfirmed = try transaction.row(
            """
            SELECT count(*) AS n, max(changed_at) AS at FROM commitment
            WHERE destination = ? AND state IN ('unconfirmed', 'refused')
            """, .text(entry.name))
        if let count = unconfirmed?.integer("n"), count > 0 {
            note(
                "it has not committed to results that it stored",
                "check at the PACS that reports of commitment go to our AE title and port",
                unconfirmed?.integer("at"), count, place)
        }
    }
}
