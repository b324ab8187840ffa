import Watching

/// The running gateway's log, as administration reaches it.
struct LogOffice: Sendable {
    let log: EventLog
    /// Sets a level here and in every role.
    let set: @Sendable (LogComponent, LogLevel) -> Void
}

extension Administration {
    /// What is logged of each component.
    func listLevels() throws -> JSONValue {
        guard let logs else { throw GatewayError.notRunning }
        return .array(
            LogComponent.allCases.map { component in
                .object([
                    "component": .string(component.rawValue), "level": .string(logs.log.level(of: component).rawValue),
                ])
            })
    }

    /// Until the gateway is started anew; `logs.level` is for good.
    func setLevel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        guard let logs else { throw GatewayError.notRunning }
        guard let component = LogComponent(rawValue: try request.required("component")) else {
            throw GatewayError.badRequest("a component is one of " + Self.list(LogComponent.allCases.map(\.rawValue)))
        }
        guard let level = LogLevel(rawValue: try request.required("level")) else {
            throw GatewayError.badRequest("a level is one of " + Self.list(LogLevel.allCases.map(\.rawValue)))
        }
        let details = ["change": "logs level", "component": component.rawValue, "level": level.rawValue]
        try note(event(.configurationChange, actor: actor, details: details))
        logs.set(component, level)
        return .object(["component": .string(component.rawValue), "level": .string(level.rawValue)])
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }
}
