import Sealing

/// What the supervisor and a role say to each other: one short line per packet.
enum RoleMessage: Equatable {
    /// Role → supervisor: working; reception names its port.
    case ready(port: UInt16)
    /// Role → supervisor: append to the journal what the database owes it, and answer with the same number.
    case flush(UInt64)
    /// Supervisor → role: done, or why not.
    case flushed(UInt64, failure: String?)
    /// Either way: there may be work for this role.
    case wake(Role)
    /// Supervisor → role: finish what is in hand, and go.
    case stop

    init?(_ line: String) {
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        switch (words.first, words.dropFirst().first) {
        case ("ready", .some(let port)):
            guard let port = UInt16(port) else { return nil }
            self = .ready(port: port)
        case ("flush", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .flush(number)
        case ("flushed", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .flushed(number, failure: words.count > 2 ? words[2] : nil)
        case ("wake", .some(let role)):
            guard let role = Role(rawValue: role) else { return nil }
            self = .wake(role)
        case ("stop", _): self = .stop
        default: return nil
        }
    }

    var line: String {
        switch self {
        case .ready(let port): "ready \(port)"
        case .flush(let number): "flush \(number)"
        case .flushed(let number, let failure): failure.map { "flushed \(number) \($0)" } ?? "flushed \(number)"
        case .wake(let role): "wake \(role.rawValue)"
        case .stop: "stop"
        }
    }
}
