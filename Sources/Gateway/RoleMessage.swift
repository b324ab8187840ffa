import Foundation
import Sealing
import Watching

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
    /// Supervisor → role: your keys; the named files are open descriptors in the same packet. Answer with the number.
    case keys(UInt64, [String])
    /// Role → supervisor: nothing here needs the keys before these.
    case keysTaken(UInt64)
    /// Supervisor → role: another configuration, an open file in the same packet. Answer with the number.
    case configure(UInt64)
    /// Role → supervisor: taken, or why not; then nothing has changed.
    case configured(UInt64, failure: String?)
    /// Role → supervisor: no study's key is sealed to this role key's predecessor any more.
    case rewrapped(KeyRing.RoleKey)
    /// Supervisor → reception: the pseudonyms of a name of the outside world. It goes no further.
    case lookup(UInt64, OutsideName, String)
    /// Reception → supervisor: one for each epoch of the key.
    case found(UInt64, [String])
    /// Supervisor → role: events of the component are logged from this level on.
    case level(LogComponent, LogLevel)
    /// Role → supervisor: how long things took; a line of ``LatencyBook``.
    case measured(String)
    /// Supervisor → analysis: does this model load, and what does it say of the known pictures?
    case tryModel(UInt64, ModelTrial.Subject)
    /// Analysis → supervisor.
    case triedModel(UInt64, ModelTrial)

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
        case ("keys", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .keys(number, words.count > 2 ? words[2].split(separator: ",").map(String.init) : [])
        case ("taken", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .keysTaken(number)
        case ("configure", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .configure(number)
        case ("configured", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .configured(number, failure: words.count > 2 ? words[2] : nil)
        case ("lookup", .some(let number)):
            let rest = words.count > 2 ? words[2].split(separator: " ", maxSplits: 1).map(String.init) : []
            guard let number = UInt64(number), rest.count == 2, let kind = OutsideName(rawValue: rest[0]),
                let name = Data(base64Encoded: rest[1])
            else { return nil }
            self = .lookup(number, kind, String(decoding: name, as: UTF8.self))
        case ("found", .some(let number)):
            guard let number = UInt64(number) else { return nil }
            self = .found(number, words.count > 2 ? words[2].split(separator: ",").map(String.init) : [])
        case ("measured", _): self = .measured(words.count > 2 ? words[2] : "")
        case ("level", .some(let component)):
            guard let component = LogComponent(rawValue: component), words.count > 2,
                let level = LogLevel(rawValue: words[2])
            else { return nil }
            self = .level(component, level)
        case ("try", .some(let number)):
            guard let number = UInt64(number), words.count > 2, let subject = ModelTrial.Subject(words[2]) else {
                return nil
            }
            self = .tryModel(number, subject)
        case ("tried", .some(let number)):
            guard let number = UInt64(number), words.count > 2, let bytes = Data(base64Encoded: words[2]),
                let trial = try? JSONDecoder().decode(ModelTrial.self, from: bytes)
            else { return nil }
            self = .triedModel(number, trial)
        case ("rewrapped", .some(let name)):
            guard let key = KeyRing.RoleKey(rawValue: name) else { return nil }
            self = .rewrapped(key)
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
        case .keys(let number, let names): "keys \(number) \(names.joined(separator: ","))"
        case .keysTaken(let number): "taken \(number)"
        case .configure(let number): "configure \(number)"
        case .configured(let number, let failure):
            failure.map { "configured \(number) \($0)" } ?? "configured \(number)"
        case .rewrapped(let key): "rewrapped \(key.rawValue)"
        case .lookup(let number, let kind, let name):
            "lookup \(number) \(kind.rawValue) \(Data(name.utf8).base64EncodedString())"
        case .measured(let line): "measured 0 \(line)"
        case .level(let component, let level): "level \(component) \(level)"
        case .tryModel(let number, let subject): "try \(number) \(subject.text)"
        case .triedModel(let number, let trial):
            "tried \(number) \((try? JSONEncoder().encode(trial))?.base64EncodedString() ?? "")"
        case .found(let number, let pseudonyms): "found \(number) \(pseudonyms.joined(separator: ","))"
        }
    }
}
