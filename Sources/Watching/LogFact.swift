import DICOMCore

// What may stand beside an event. There is no initializer from a String: a name, an id or a date of a patient cannot get
// into the log by a slip, since nothing that carries one says that it may be logged.

/// A value that identifies no patient. Who conforms to it answers for that.
public protocol Loggable {
    /// Printable characters, 1000 at most.
    var logText: String { get }
}

extension Loggable where Self: Error {
    public var logText: String { LogText.withholdingNumbers("\(self)") }
}

/// A name and a value beside an event.
public struct LogFact: Sendable, Hashable {
    public let name: String
    public let value: String

    public init(_ name: StaticString, _ value: some Loggable) {
        self.name = "\(name)"
        self.value = LogText.bounded(value.logText)
    }

    /// Words that stand in the source.
    public init(_ name: StaticString, _ words: StaticString) {
        self.name = "\(name)"
        value = "\(words)"
    }

    /// What went wrong. An error that does not say that it may be logged is told by its type alone.
    public static func error(_ error: any Error) -> LogFact { LogFact("error", LoggedError(error)) }
}

/// An error as the log tells it: its own words if it answers for them, else its type.
struct LoggedError: Loggable {
    let logText: String

    init(_ error: any Error) {
        logText =
            if let loggable = error as? any Loggable { loggable.logText } else { "an error of type \(type(of: error))" }
    }
}

/// A random id of ours: 32 hexadecimal digits. Anything else is withheld.
public struct RandomID: Loggable {
    public let logText: String

    public init(_ text: String) {
        let isOurs = text.utf8.count == 32 && text.utf8.allSatisfy { LogText.isHexadecimal($0) }
        logText = isOurs ? text : "(withheld)"
    }
}

/// An AE title or the name of a peer, as it called itself or as it is registered.
public struct PeerName: Loggable {
    public let logText: String

    public init(_ text: String) { logText = AETitle(text)?.value ?? "(not an AE title)" }
}

/// A numeric address.
public struct PeerAddress: Loggable {
    public let logText: String

    public init(_ text: String) {
        let isNumeric = text.utf8.allSatisfy { LogText.isHexadecimal($0) || $0 == 0x2E || $0 == 0x3A }
        logText = isNumeric && text.utf8.count <= 45 ? text : "(not an address)"
    }
}

/// Words that a module of ours has made without any value of a data set: a stable code and its meaning. What looks like
/// a UID or a long number is withheld all the same.
public struct OwnWords: Loggable {
    public let logText: String

    public init(withoutPatientData words: String) { logText = LogText.withholdingNumbers(words) }
}

extension Int: Loggable { public var logText: String { "\(self)" } }
extension UInt16: Loggable { public var logText: String { "\(self)" } }
extension LogLevel: Loggable { public var logText: String { rawValue } }
extension LogComponent: Loggable { public var logText: String { rawValue } }
extension UID: Loggable {
    /// Only the standard's own: a SOP class, a transfer syntax.
    public var logText: String { value.hasPrefix("1.2.840.10008.") ? value : "(withheld)" }
}

enum LogText {
    /// Characters of one fact.
    private static let longest = 1000
    /// Digits in a row, dots between them included, that no code of ours has.
    private static let longestNumber = 12

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }

    /// Control characters would let a peer write lines of its own.
    static func bounded(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(longest).filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }

    static func withholdingNumbers(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            let digits = word.utf8.filter { (0x30...0x39).contains($0) }.count
            let isAddress = word.utf8.filter { $0 == 0x2E }.count == 3 && word.utf8.count <= 21
            return digits > longestNumber && !isAddress ? "(withheld)" : String(word)
        }.joined(separator: " ")
    }
}
