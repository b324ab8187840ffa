/// Where a value comes from.
public enum ConfigurationOrigin: Sendable, Codable, Hashable, CustomStringConvertible {
    case builtIn
    case file(String, line: Int)
    case environment(String)
    case commandLine(String)
    /// A revision that was applied, and where that had it from.
    case applied(Int, String)

    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): "\(path), line \(line)"
        case .environment(let name): name
        case .commandLine(let option): option
        case .applied(let revision, let place): "revision \(revision) (\(place))"
        }
    }
}

/// A value as it is written somewhere.
public struct ConfigurationEntry: Sendable, Codable, Hashable {
    public let texts: [String]
    /// Written as a list.
    let isList: Bool
    public let origin: ConfigurationOrigin

    /// The same as part of a revision.
    func applied(_ revision: Int) -> ConfigurationEntry {
        if case .applied = origin { return self }
        let origin = ConfigurationOrigin.applied(revision, "\(origin)")
        return isList ? ConfigurationEntry(list: texts, from: origin) : ConfigurationEntry(texts[0], from: origin)
    }

    init(_ text: String, from origin: ConfigurationOrigin) {
        texts = [text]
        isList = false
        self.origin = origin
    }

    init(list texts: [String], from origin: ConfigurationOrigin) {
        self.texts = texts
        isList = true
        self.origin = origin
    }
}

/// What one place says: a file, or the environment. Later layers override earlier ones key by key.
public struct ConfigurationLayer: Sendable {
    /// By the key's present name.
    var entries: [String: ConfigurationEntry] = [:]
    var problems: [ConfigurationProblem] = []
    var warnings: [String] = []

    /// Keeps what was said under a key's name, or under a former one.
    mutating func add(_ entry: ConfigurationEntry, for key: ConfigurationKey, called name: String) {
        if name != key.name {
            warnings.append("\(name) is called \(key.name) now (\(entry.origin)); the old name still works")
            if entries[key.name] != nil { return }
        }
        entries[key.name] = entry
    }
}

extension ConfigurationLayer {
    /// Variables of ours that are no keys.
    private static let otherVariables = ["CXR_CONFIG"]
    private static let otherPrefixes = ["CXR_TEST_", "CXR_ENGINE_"]

    /// `CXR_DICOM_PORT` is `dicom.port`. A variable that looks like a misspelt key is warned of.
    init(environment: [String: String], keys: [ConfigurationKey]) {
        var known = Set(Self.otherVariables)
        for key in keys {
            for name in key.formerNames + [key.name] {
                let variable = ConfigurationKey.environmentName(of: name)
                known.insert(variable)
                guard let text = environment[variable] else { continue }
                // Empty is the same as left out, as container tools have it; of words it means none.
                if text.isEmpty, key.isScalarWithoutEmpty { continue }
                add(ConfigurationEntry(text, from: .environment(variable)), for: key, called: name)
            }
        }
        let names = keys.map(\.environmentName)
        for variable in environment.keys.sorted() where variable.hasPrefix("CXR_") && !known.contains(variable) {
            if Self.otherPrefixes.contains(where: { variable.hasPrefix($0) }) { continue }
            if let near = names.first(where: { ConfigurationCatalogue.distance($0, variable) <= 2 }) {
                warnings.append("the variable \(variable) means nothing; \(near) would")
            }
        }
    }
}

extension ConfigurationKey {
    /// Nothing written is nothing said.
    var isScalarWithoutEmpty: Bool {
        switch kind {
        case .whole, .number, .choice, .flag: true
        case .text, .file, .list, .choices: false
        }
    }
}
