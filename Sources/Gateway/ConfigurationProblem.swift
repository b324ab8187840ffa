/// What is wrong with one key of the configuration, and what to do about it.
public struct ConfigurationProblem: Sendable, Codable, Hashable, CustomStringConvertible {
    /// The key, or what stands in its place; empty if it is about a whole file.
    public var key = ""
    /// As it was written; `nil` where that says nothing.
    public var value: String?
    /// What is wrong.
    public var message: String
    /// What is allowed, in words.
    public var allowed: String?
    /// What to do.
    public var remedy: String?
    /// Where it was said: the file and its line, or the variable.
    public var place: String?

    public init(_ message: String) { self.message = message }

    init(
        _ key: String, value: String? = nil, _ message: String, allowed: String? = nil, remedy: String? = nil,
        at origin: ConfigurationOrigin? = nil
    ) {
        self.key = key
        self.value = value
        self.message = message
        self.allowed = allowed
        self.remedy = remedy
        place = origin.map { "\($0)" }
    }

    public var description: String {
        var text = key.isEmpty ? message : "\(key): " + (value.map { "'\($0)' " } ?? "") + message
        if let place { text += " (\(place))" }
        if let remedy { text += "; \(remedy)" }
        return text
    }
}

/// A configuration that cannot be used; lists everything that is wrong with it.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    public let problems: [ConfigurationProblem]

    public init(problems: [ConfigurationProblem]) { self.problems = problems }
    public init(problems: [String]) { self.problems = problems.map { ConfigurationProblem($0) } }

    public var description: String {
        "CFG-001: the configuration cannot be used:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

extension ConfigurationProblem {
    public var json: JSONValue {
        .object([
            "key": .string(key), "value": .optional(value), "problem": .string(message), "allowed": .optional(allowed),
            "remedy": .optional(remedy), "place": .optional(place),
        ])
    }
}
