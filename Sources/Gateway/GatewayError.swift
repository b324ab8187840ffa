/// What keeps the gateway from working.
public enum GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    case system(String, Int32)
    case journal(String)
    case rolesDoNotStart(String)
    case alreadyRunning
    case notRunning
    case badRequest(String)
    case notFound(String)
    case keys(String)
    case inUse(String)
    case refused(String)

    public var code: String {
        switch self {
        case .system: "GAT-001"
        case .journal: "GAT-002"
        case .rolesDoNotStart: "GAT-003"
        case .alreadyRunning: "GAT-004"
        case .notRunning: "GAT-005"
        case .badRequest: "GAT-007"
        case .notFound: "GAT-008"
        case .keys: "GAT-009"
        case .inUse: "GAT-015"
        case .refused: "GAT-010"
        }
    }

    public var description: String {
        switch self {
        case .system(let call, let errno): "\(code): \(call) failed (errno \(errno))"
        case .journal(let why): "\(code): the journal cannot be written, so nothing is done: \(why)"
        case .rolesDoNotStart(let role): "\(code): the role \(role) does not start; see the lines above"
        case .alreadyRunning: "\(code): a gateway already works on this data directory"
        case .notRunning: "\(code): no gateway works on this data directory; start it with `cxrgate serve`"
        case .badRequest(let why): "\(code): \(why)"
        case .notFound(let what): "\(code): there is no \(what)"
        case .keys(let why): "\(code): \(why)"
        case .inUse(let why): "\(code): \(why)"
        case .refused(let why): "\(code): refused: \(why)"
        }
    }
}
