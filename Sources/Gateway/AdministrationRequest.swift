import Foundation

/// What the command line asks of a gateway: one JSON object on one line of its socket.
public struct AdministrationRequest: Sendable, Codable, Hashable {
    /// `ae list`, `queue retry`, …
    public let verb: String
    public let arguments: [String: String]
    /// Why; dangerous verbs want it.
    public let reason: String?

    public init(_ verb: String, _ arguments: [String: String] = [:], reason: String? = nil) {
        self.verb = verb
        self.arguments = arguments
        self.reason = reason
    }

    /// The same with its reason, if it has one, in another form.
    func sealingReason(_ seal: (String) throws -> String) rethrows -> AdministrationRequest {
        guard let reason, !reason.isEmpty else { return self }
        return AdministrationRequest(verb, arguments, reason: try seal(reason))
    }

    /// An argument that must be there.
    func required(_ name: String) throws(GatewayError) -> String {
        guard let value = arguments[name], !value.isEmpty else { throw .badRequest("'\(name)' is missing") }
        return value
    }
}

/// The answer: a value, or an error with the exit code that the command shall end with.
public struct AdministrationAnswer: Sendable, Codable, Hashable {
    public var value: JSONValue?
    public var error: String?
    public var exitCode: Int32?

    /// The value, or the error as the other side told it.
    public func get() throws -> JSONValue {
        if let error { throw RemoteError(description: error, exitCode: exitCode ?? 1) }
        return value ?? .null
    }

    public init(_ body: () throws -> JSONValue) {
        do {
            value = try body()
        } catch {
            self.error = "\(error)"
            exitCode = CommandExit.code(for: error).rawValue
        }
    }
}

/// What a running gateway refused, in its own words.
public struct RemoteError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public let exitCode: Int32
}
