import DICOMCore
import DICOMToolkit
import Durability
import Foundation
import Passage
import WorkQueue

// The list of AE titles: who may send to us, and to whom results go. Reception and filing read it anew each time, so a
// change takes effect at once. Every change is checked as a whole, journalled with what was before, and can be undone.

extension Administration {
    func listAETitles(actor: String) throws -> JSONValue {
        .array(
            try entries().map { entry in
                guard case .object(var members) = entry.json else { return entry.json }
                members["remarks"] = .string(entry.remarks)
                return .object(members)
            })
    }

    func addAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let entry = try AEEntry(adding: request)
        try change("ae add", actor: actor) { change, transaction in
            guard try AEChange.entry(named: entry.name, in: transaction) == nil else {
                throw GatewayError.badRequest(
                    "AE title \(entry.name) is registered already; change it with `cxrgate ae set`")
            }
            try change.put(entry, in: transaction)
        }
        return entry.json
    }

    func setAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        try change("ae set", actor: actor) { change, transaction in
            guard let before = try AEChange.entry(named: name, in: transaction) else {
                throw GatewayError.notFound("AE title \(name)")
            }
            try change.put(try AEEntry(changing: before, with: request), in: transaction)
        }
        return try shown(name)
    }

    func removeAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        try change("ae remove", actor: actor) { change, transaction in try change.remove(name, in: transaction) }
        return .object(["removed": .string(name)])
    }

    func showAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try shown(try request.required("name"))
    }

    /// C-ECHO from this node to a registered AE.
    func echoAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        guard let entry = try entries().first(where: { $0.name == name }) else {
            throw GatewayError.notFound("AE title \(name)")
        }
        let security =
            entry.options.tls ? try TLSKeeper(configuration.network, side: .client).current().security : nil
        guard let peer = entry.peer(callingAETitle: configuration.aeTitle, security: security) else {
            throw GatewayError.badRequest("AE title \(name) has no host and port to call")
        }
        let started = clock.milliseconds()
        try StorageRequestor.echo(peer)
        return .object([
            "name": .string(name), "answer": .string("success"),
            "milliseconds": .number(clock.milliseconds() - started),
        ])
    }

    /// Takes the last change back, whatever it was; asked again, it does it again.
    func undoAETitle(actor: String) throws -> JSONValue {
        let names = Box<[String]>([])
        try change("ae undo", actor: actor) { change, transaction in
            let last = try AEChange.lastBatch(in: transaction)
            guard !last.isEmpty else { throw GatewayError.notFound("change of the AE titles to undo") }
            for (name, before) in last {
                if let before {
                    try change.put(before, in: transaction)
                } else {
                    try change.remove(name, in: transaction)
                }
            }
            names.value.withLock { $0 = last.map(\.name) }
        }
        return .object(["undone": .array(names.value.withLock { $0 }.map { .string($0) })])
    }

    /// The whole list, in the form that `ae import` reads.
    func exportAETitles(actor: String) throws -> JSONValue {
        let encoder = JSONEncoder()
        return .object([
            "aeTitles": try JSONDecoder().decode(JSONValue.self, from: try encoder.encode(try entries()))
        ])
    }

    /// Registers and changes what an exported list names; other entries stay unless `replace` is on. All or nothing.
    func importAETitles(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        struct List: Decodable { let aeTitles: [AEEntry] }
        let list: [AEEntry]
        do {
            list = try JSONDecoder().decode(List.self, from: Data(try request.required("list").utf8)).aeTitles
        } catch let error as GatewayError {
            throw error
        } catch {
            throw GatewayError.badRequest("the list is not one that `cxrgate ae export` wrote")
        }
        let checked = try list.map { try AEEntry(checking: $0) }
        guard Set(checked.map(\.name)).count == checked.count else {
            throw GatewayError.badRequest("the list names an AE title twice")
        }
        let replaces = request.arguments["replace"] == "on"
        let counts = Box((changed: 0, removed: 0))
        try change("ae import", actor: actor) { change, transaction in
            var changed = 0
            var removed = 0
            for entry in checked where try AEChange.entry(named: entry.name, in: transaction) != entry {
                try change.put(entry, in: transaction)
                changed += 1
            }
            if replaces {
                let wanted = Set(checked.map(\.name))
                for row in try transaction.rows("SELECT name FROM ae ORDER BY name") {
                    guard let name = row.text("name"), !wanted.contains(name) else { continue }
                    try change.remove(name, in: transaction)
                    removed += 1
                }
            }
            counts.value.withLock { $0 = (changed, removed) }
        }
        let (changed, removed) = counts.value.withLock { $0 }
        return .object(["changed": .number(changed), "removed": .number(removed)])
    }

    func entries() throws -> [AEEntry] {
        try store.read { try $0.rows("SELECT * FROM ae ORDER BY name") }.compactMap { AEEntry($0) }
    }

    private func shown(_ name: String) throws -> JSONValue {
        guard let entry = try entries().first(where: { $0.name == name }) else {
            throw GatewayError.notFound("AE title \(name)")
        }
        return entry.json
    }

    /// Runs one change of the list in one transaction with its history and its journal entries.
    private func change(
        _ verb: String, actor: String, _ body: @escaping @Sendable (AEChange, borrowing Transaction) throws -> Void
    ) throws {
        let change = AEChange(
            verb: verb, actor: actor, batch: Identifier.random(), now: clock.milliseconds(),
            event: { [self] details in event(.configurationChange, actor: actor, details: details) })
        try committer.commit { transaction in try body(change, transaction) }
        wake(.filing)
    }
}
