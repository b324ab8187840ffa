import Durability
import Foundation
import Journal

// The configuration of the running gateway: shown, compared, changed, and changed back.

extension Administration {
    func showConfiguration(actor: String) throws -> JSONValue {
        let office = try office()
        let running = office.running
        let next = office.next
        return .array(
            ConfigurationCatalogue.keys.map { key in
                let value = running.shown(key)
                let after = next.shown(key)
                return running.row(key).with("next", value == after ? .null : after)
            })
    }

    func diffConfiguration(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        .array(try office().changes(to: try layer(request)).map(\.json))
    }

    /// Gives rights, or takes protection away: then another person must agree.
    func applyConfiguration(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let layer = try layer(request)
        let changes = try office().changes(to: layer)
        if Self.wantsSecondPerson(changes) {
            return try askSecondPerson("config apply", request.arguments, reason: request.reason, caller: caller)
                .with("changes", .array(changes.map(\.json)))
        }
        return try apply(layer, what: "apply", caller: caller, reason: request.reason)
    }

    /// What one person asked for, another has agreed to.
    func applyApproved(_ action: Action, by caller: Caller) throws -> JSONValue {
        if action.verb == "config rollback", let number = action.arguments["revision"].flatMap({ Int($0) }) {
            let layer = try office().layer(of: number)
            return try apply(layer, what: "rollback to \(number)", caller: caller, reason: action.reason)
        }
        let layer = try layer(AdministrationRequest(action.verb, action.arguments))
        return try apply(layer, what: "apply", caller: caller, reason: action.reason)
    }

    private static func wantsSecondPerson(_ changes: [ConfigurationRevision.Change]) -> Bool {
        changes.contains { ConfigurationCatalogue.key(named: $0.key)?.wantsSecondPerson == true }
    }

    func showConfigurationHistory(actor: String) throws -> JSONValue {
        let current = try store.read { try ConfigurationHistory.number(in: $0) }
        return .array(
            try office().revisions().map { revision in
                .object([
                    "revision": .number(revision.number), "at": .number(revision.at), "by": .string(revision.actor),
                    "what": .string(revision.what), "reason": .optional(revision.reason.map { _ in "(sealed)" }),
                    "changes": .array(revision.changes.map(\.json)), "inForce": .bool(revision.number == current),
                ])
            })
    }

    /// Back to what an earlier revision said; without one, to the one before the last. 0 is the file.
    func rollBackConfiguration(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let current = try store.read { try ConfigurationHistory.number(in: $0) }
        let number: Int
        if let text = request.arguments["revision"] {
            guard let asked = Int(text), asked >= 0 else { throw GatewayError.badRequest("a revision is a number") }
            number = asked
        } else {
            guard current > 0 else { throw GatewayError.notFound("configuration to return to: none was applied") }
            number = current - 1
        }
        let layer = try office().layer(of: number)
        let changes = try office().changes(to: layer)
        if Self.wantsSecondPerson(changes) {
            return try askSecondPerson(
                "config rollback", ["revision": "\(number)"], reason: request.reason, caller: caller
            ).with("changes", .array(changes.map(\.json)))
        }
        return try apply(layer, what: "rollback to \(number)", caller: caller, reason: request.reason)
    }

    private func apply(
        _ layer: ConfigurationLayer, what: String, caller: Caller, reason: String?
    ) throws -> JSONValue {
        let revision = try office().apply(layer, what: what, actor: caller.name, reason: reason) { [self] details in
            event(.configurationChange, actor: caller.name, details: details)
        }
        guard let revision else { return .object(["revision": .null, "changes": .array([])]) }
        for role in Supervisor.roles { wake(role) }
        return .object([
            "revision": .number(revision.number), "changes": .array(revision.changes.map(\.json)),
        ])
    }

    private func layer(_ request: AdministrationRequest) throws(GatewayError) -> ConfigurationLayer {
        ConfigurationLayer(
            yaml: request.arguments["text"] ?? "", path: request.arguments["path"] ?? "?",
            keys: ConfigurationCatalogue.keys)
    }

    private func office() throws(GatewayError) -> ConfigurationOffice {
        guard let configurationOffice else { throw .badRequest("the configuration is not to be had here") }
        return configurationOffice
    }
}

extension ConfigurationReading {
    /// One key, for machines and for people.
    public func row(_ key: ConfigurationKey) -> JSONValue {
        .object([
            "key": .string(key.name), "value": shown(key), "unit": .string(key.unit),
            "origin": .string("\(origin(of: key))"), "default": key.defaultValue,
            "environment": .string(key.environmentName),
            "effect": .string(key.application == .live ? "now" : "next start"),
        ])
    }
}
