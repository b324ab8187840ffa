import DICOMCore
import DICOMToolkit
import Durability
import Foundation
import Passage
import WorkQueue

// The list of AE titles: who may send to us, and to whom results go. Reception and filing read it anew each time, so a
// change takes effect at once.

extension Administration {
    func listAETitles(actor: String) throws -> JSONValue {
        try store.read { transaction in
            .array(try transaction.rows("SELECT * FROM ae ORDER BY name").map(Self.describe))
        }
    }

    func addAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let entry = try AEEntry(adding: request)
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            guard try transaction.row("SELECT 1 FROM ae WHERE name = ?", .text(entry.name)) == nil else {
                throw GatewayError.badRequest(
                    "AE title \(entry.name) is registered already; change it with `cxrgate ae set`")
            }
            try transaction.execute(
                "INSERT INTO ae (name, title, host, port, roles, made_at) VALUES (?, ?, ?, ?, ?, ?)",
                .text(entry.name), .text(entry.title), .optional(entry.host), .optional(entry.port),
                .text(entry.roles), .integer(now))
            if entry.isDestination { try Self.deliverWaitingResults(to: entry.name, now: now, in: transaction) }
            try transaction.owe(event(.configurationChange, actor: actor, details: entry.journalled("ae add")))
        }
        wake(.filing)
        return entry.json
    }

    func setAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        let now = clock.milliseconds()
        try committer.commit { [self] transaction in
            guard let row = try transaction.row("SELECT * FROM ae WHERE name = ?", .text(name)) else {
                throw GatewayError.notFound("AE title \(name)")
            }
            let entry = try AEEntry(changing: row, with: request)
            try transaction.execute(
                "UPDATE ae SET title = ?, host = ?, port = ?, roles = ? WHERE name = ?",
                .text(entry.title), .optional(entry.host), .optional(entry.port), .text(entry.roles), .text(name))
            if entry.isDestination { try Self.deliverWaitingResults(to: name, now: now, in: transaction) }
            try transaction.owe(event(.configurationChange, actor: actor, details: entry.journalled("ae set")))
        }
        wake(.filing)
        return try entry(named: name)
    }

    func removeAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        try committer.commit { [self] transaction in
            guard try transaction.execute("DELETE FROM ae WHERE name = ?", .text(name)) == 1 else {
                throw GatewayError.notFound("AE title \(name)")
            }
            try transaction.owe(
                event(.configurationChange, actor: actor, details: ["change": "ae remove", "ae": name]))
        }
        return .object(["removed": .string(name)])
    }

    /// C-ECHO from this node to a registered AE.
    func echoAETitle(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("name")
        guard
            let row = try store.read({ transaction in
                try transaction.row("SELECT * FROM ae WHERE name = ?", .text(name))
            })
        else { throw GatewayError.notFound("AE title \(name)") }
        guard let peer = Peer(row, callingAETitle: configuration.aeTitle) else {
            throw GatewayError.badRequest("AE title \(name) has no host and port to call")
        }
        let started = clock.milliseconds()
        try StorageRequestor.echo(peer)
        return .object([
            "name": .string(name), "answer": .string("success"),
            "milliseconds": .number(clock.milliseconds() - started),
        ])
    }

    private func entry(named name: String) throws -> JSONValue {
        try store.read { transaction in
            try transaction.row("SELECT * FROM ae WHERE name = ?", .text(name)).map(Self.describe) ?? .null
        }
    }

    /// Results that were made while there was no destination go to the first one.
    private static func deliverWaitingResults(
        to name: String, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let waiting = try transaction.rows(
            """
            SELECT id FROM result WHERE state <> 'recalled'
                AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.result = result.id)
                AND NOT EXISTS (SELECT 1 FROM job WHERE kind = 'deliver' AND subject = result.id AND state <> 'done')
            """)
        for row in waiting {
            guard let result = row.text("id") else { continue }
            try WorkQueue.enqueue(
                .deliver, subject: result, destination: name, id: Identifier.random(), notBefore: now, now: now,
                in: transaction)
        }
    }

    private static func describe(_ row: Row) -> JSONValue {
        .object([
            "name": .optional(row.text("name")), "title": .optional(row.text("title")),
            "host": .optional(row.text("host")), "port": .optional(row.integer("port")),
            "roles": .array((row.text("roles") ?? "").split(separator: ",").map { .string(String($0)) }),
        ])
    }
}

/// A line of the list of AE titles, checked.
struct AEEntry {
    let name: String
    let title: String
    let host: String?
    let port: Int64?
    let roles: String

    var isDestination: Bool { roles.contains("destination") }

    init(adding request: AdministrationRequest) throws(GatewayError) {
        let name = try request.required("name")
        try self.init(
            name: name, title: request.arguments["title"] ?? name, host: request.arguments["host"],
            port: request.arguments["port"], roles: try request.required("role"))
    }

    init(changing row: Row, with request: AdministrationRequest) throws(GatewayError) {
        try self.init(
            name: row.text("name") ?? "", title: request.arguments["title"] ?? row.text("title") ?? "",
            host: request.arguments["host"] ?? row.text("host"),
            port: request.arguments["port"] ?? row.integer("port").map { "\($0)" },
            roles: request.arguments["role"] ?? row.text("roles") ?? "")
    }

    private init(name: String, title: String, host: String?, port: String?, roles: String) throws(GatewayError) {
        guard let valid = AETitle(name), valid.value == name else {
            throw .badRequest("a name is 1 to 16 printable ASCII characters without backslash or outer spaces")
        }
        guard let title = AETitle(title) else {
            throw .badRequest("an AE title is 1 to 16 printable ASCII characters without backslash")
        }
        let wanted = Set(roles.split(separator: ",").map(String.init))
        guard !wanted.isEmpty, wanted.isSubset(of: ["source", "destination"]) else {
            throw .badRequest("role is source, destination, or source,destination")
        }
        if let port {
            guard let number = UInt16(port), number > 0 else { throw .badRequest("port is 1…65535") }
            self.port = Int64(number)
        } else {
            self.port = nil
        }
        if wanted.contains("destination"), host == nil || self.port == nil {
            throw .badRequest("a destination needs --host and --port")
        }
        self.name = name
        self.title = title.value
        self.host = host
        self.roles = wanted.sorted().joined(separator: ",")
    }

    var json: JSONValue {
        .object([
            "name": .string(name), "title": .string(title), "host": .optional(host), "port": .optional(port),
            "roles": .array(roles.split(separator: ",").map { .string(String($0)) }),
        ])
    }

    func journalled(_ change: String) -> [String: String] {
        ["change": change, "ae": name, "title": title, "role": roles]
    }
}

extension Peer {
    /// The destination in a row of the table `ae`; `nil` if it cannot be called.
    init?(_ row: Row, callingAETitle: String) {
        guard let host = row.text("host"), let port = row.integer("port").flatMap({ UInt16(exactly: $0) }),
            let title = row.text("title").flatMap({ AETitle($0) }), let ours = AETitle(callingAETitle)
        else { return nil }
        self.init(host: host, port: port, aeTitle: title, callingAETitle: ours)
    }
}
