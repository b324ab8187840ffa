/// One key of the configuration as data: from it come reading, the commented example, the schema, the environment's
/// names and what `cxrgate config` shows. Keys are listed in ``ConfigurationTopic``, one line each.
public struct ConfigurationKey: Sendable {
    /// What a value looks like.
    public enum Kind: Sendable, Hashable {
        case whole(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// One of these words.
        case choice([String])
        case flag
        case text
        /// An absolute path, or `credential:NAME` of the service manager. What the file holds is never shown.
        case file
        /// Several; in the environment, and where someone prefers it in the file, with commas between.
        case list
        /// Several of these words.
        case choices([String])
    }

    /// When a change is heeded.
    public enum Application: String, Sendable, Hashable {
        /// At once, in a running gateway.
        case live
        /// By the next start.
        case restart
    }

    /// With dots: `study.quiet_seconds`.
    public let name: String
    public let kind: Kind
    /// `seconds`, `MiB`, …; empty for none.
    public let unit: String
    /// A sentence or two for people.
    public let meaning: String
    public let application: Application
    /// What is allowed, in words.
    public let allowed: String
    /// The same as a regular expression for the schema, where there is one.
    let pattern: String?
    /// What the key was called before; heeded, with a word about it.
    public private(set) var formerNames: [String] = []
    /// A change is not one person's to make: it gives rights, or weakens what protects patients.
    public private(set) var wantsSecondPerson = false
    /// In the example file: for a key without a default.
    private(set) var example = ""
    /// In the example file: where the default depends on the machine.
    private(set) var shownDefault: String?

    /// The value in a configuration; `null` for none.
    let value: @Sendable (GatewayConfiguration) -> JSONValue
    /// Puts a value, as it is written, into a configuration; `false` if it is not allowed.
    let put: @Sendable ([String], inout GatewayConfiguration) -> Bool

    init(
        _ name: String, _ kind: Kind, unit: String = "", allowed: String, pattern: String? = nil, _ meaning: String,
        _ application: Application, value: @escaping @Sendable (GatewayConfiguration) -> JSONValue,
        put: @escaping @Sendable ([String], inout GatewayConfiguration) -> Bool
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.allowed = allowed
        self.pattern = pattern
        self.meaning = meaning
        self.application = application
        self.value = value
        self.put = put
    }

    /// `CXR_STUDY_QUIET_SECONDS`.
    public var environmentName: String { Self.environmentName(of: name) }

    static func environmentName(of key: String) -> String {
        "CXR_" + String(key.uppercased().map { $0 == "." ? "_" : $0 })
    }

    var isList: Bool {
        switch kind {
        case .list, .choices: true
        default: false
        }
    }

    /// What holds when nobody says anything.
    public var defaultValue: JSONValue { value(GatewayConfiguration()) }

    // What few keys need, behind the line that makes them.

    func example(_ text: String) -> ConfigurationKey { changed { $0.example = text } }
    func shown(as text: String) -> ConfigurationKey { changed { $0.shownDefault = text } }
    func formerly(_ names: String...) -> ConfigurationKey { changed { $0.formerNames = names } }
    var guarded: ConfigurationKey { changed { $0.wantsSecondPerson = true } }

    private func changed(_ body: (inout ConfigurationKey) -> Void) -> ConfigurationKey {
        var key = self
        body(&key)
        return key
    }
}
