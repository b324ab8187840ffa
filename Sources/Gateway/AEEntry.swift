import DICOMCore
import DICOMToolkit
import Durability
import Foundation

/// A line of the list of AE titles, checked as a whole.
struct AEEntry: Sendable, Hashable, Codable {
    let name: String
    let title: String
    let host: String?
    let port: UInt16?
    /// `source`, `destination`, or `destination,source`.
    let roles: String
    let options: AEOptions

    var isSource: Bool { roles.contains("source") }
    var isDestination: Bool { roles.contains("destination") }

    init(adding request: AdministrationRequest) throws(GatewayError) {
        let name = try request.required("name")
        try self.init(
            name: name, title: request.arguments["title"] ?? name, host: request.arguments["host"],
            port: request.arguments["port"], roles: try request.required("role"),
            options: Self.options(AEOptions(), request.arguments))
    }

    init(changing entry: AEEntry, with request: AdministrationRequest) throws(GatewayError) {
        try self.init(
            name: entry.name, title: request.arguments["title"] ?? entry.title,
            host: request.arguments["host"] ?? entry.host,
            port: request.arguments["port"] ?? entry.port.map { "\($0)" },
            roles: request.arguments["role"] ?? entry.roles, options: Self.options(entry.options, request.arguments))
    }

    /// The canary under way, a modality and a PACS in one; `nil` if the port is none.
    init?(canaryOn port: String) throws(GatewayError) {
        guard let port = UInt16(port) else { return nil }
        name = Canary.title
        title = Canary.title
        host = Canary.address
        self.port = port
        roles = "destination,source"
        var options = AEOptions()
        try options.set("query", "off")
        try options.set("addresses", "::1")
        self.options = options
    }

    /// Checks what came from a file as if it had been typed.
    init(checking entry: AEEntry) throws(GatewayError) {
        var options = AEOptions()
        for name in AEOptions.names { try options.set(name, entry.options.text(name) ?? "") }
        try self.init(
            name: entry.name, title: entry.title, host: entry.host, port: entry.port.map { "\($0)" },
            roles: entry.roles, options: options)
    }

    private static func options(
        _ options: AEOptions, _ arguments: [String: String]
    ) throws(GatewayError) -> AEOptions {
        var options = options
        for name in AEOptions.names {
            if let text = arguments[name] { try options.set(name, text) }
        }
        return options
    }

    private init(
        name: String, title: String, host: String?, port: String?, roles: String, options: AEOptions
    ) throws(GatewayError) {
        guard let valid = AETitle(name), valid.value == name else {
            throw .badRequest("a name is 1 to 16 printable ASCII characters without backslash or outer spaces")
        }
        guard let title = AETitle(title) else {
            throw .badRequest("an AE title is 1 to 16 printable ASCII characters without backslash")
        }
        guard name != Canary.title, title.value != Canary.title else {
            throw .badRequest("\(Canary.title) is the gateway's own; see `cxrgate canary`")
        }
        let wanted = Set(roles.split(separator: ",").map(String.init))
        guard !wanted.isEmpty, wanted.isSubset(of: ["source", "destination"]) else {
            throw .badRequest("role is source, destination, or source,destination")
        }
        if let port, !port.isEmpty {
            guard let number = UInt16(port), number > 0 else { throw .badRequest("port is 1…65535") }
            self.port = number
        } else {
            self.port = nil
        }
        let host = host.flatMap { $0.isEmpty ? nil : $0 }
        if let host {
            let isPlain = host.utf8.count <= 255 && host.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard isPlain else { throw .badRequest("a host is a name or a numeric address") }
        }
        if wanted.contains("destination"), host == nil || self.port == nil {
            throw .badRequest("a destination needs --host and --port")
        }
        if options.commitmentService, host == nil || self.port == nil {
            throw .badRequest("commitment-service needs --host and --port: reports go there")
        }
        self.name = name
        self.title = title.value
        self.host = host
        self.roles = wanted.sorted().joined(separator: ",")
        self.options = options
    }

    /// Reads a row of the table `ae`; `nil` if it is damaged.
    init?(_ row: Row) {
        guard let name = row.text("name"), let title = row.text("title"), let roles = row.text("roles"),
            let options = try? JSONDecoder().decode(AEOptions.self, from: Data((row.text("options") ?? "{}").utf8))
        else { return nil }
        self.name = name
        self.title = title
        self.roles = roles
        self.options = options
        host = row.text("host")
        port = row.integer("port").flatMap { UInt16(exactly: $0) }
    }

    /// What administration answers.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "title": .string(title), "host": .optional(host), "port": .optional(port),
            "roles": .array(roles.split(separator: ",").map { .string(String($0)) }),
        ]
        for option in AEOptions.names { members[option] = .optional(options.text(option)) }
        return .object(members)
    }

    /// What differs from the defaults, for people and for the journal.
    var remarks: String {
        let plain = AEOptions()
        return AEOptions.names.filter { options.text($0) != plain.text($0) }
            .map { "\($0) \(options.text($0) ?? "-")" }.joined(separator: ", ")
    }

    func journalled(_ change: String, before: AEEntry?) -> [String: String] {
        ["change": change, "ae": name, "after": summary, "before": before?.summary ?? "-"]
    }

    var summary: String {
        let place = [host, port.map { "\($0)" }].compactMap { $0 }.joined(separator: " ")
        return [title, roles, place, remarks].filter { !$0.isEmpty }.joined(separator: "; ")
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Which peer to call; `nil` if it has no address.
    func peer(callingAETitle: String, security: TransportSecurity?) -> Peer? {
        guard let host, let port, let title = AETitle(title), let ours = AETitle(callingAETitle) else { return nil }
        var peer = Peer(host: host, port: port, aeTitle: title, callingAETitle: ours)
        peer.security = options.tls ? security : nil
        peer.fingerprint = options.tls ? options.fingerprint : nil
        return peer
    }
}
