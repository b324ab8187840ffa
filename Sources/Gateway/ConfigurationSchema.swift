import Foundation

/// The configuration file as a JSON Schema, for editors and for whoever writes files by program.
///
/// `Config/gateway.schema.json` is this text; a test compares. Source: JSON Schema 2020-12.
public enum ConfigurationSchema {
    public static var value: JSONValue {
        var root = Section()
        for key in ConfigurationCatalogue.keys { root.add(key, key.name.split(separator: ".").map(String.init)[...]) }
        return root.schema
            .with("$schema", .string("https://json-schema.org/draft/2020-12/schema"))
            .with("title", .string("The configuration of cxrgate"))
    }

    public static var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { return "" }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    private struct Section {
        var sections: [String: Section] = [:]
        var keys: [String: JSONValue] = [:]

        mutating func add(_ key: ConfigurationKey, _ path: ArraySlice<String>) {
            guard let name = path.first else { return }
            if path.count == 1 {
                keys[name] = ConfigurationSchema.schema(of: key)
            } else {
                sections[name, default: Section()].add(key, path.dropFirst())
            }
        }

        /// A section of which every line is a comment is `null` in YAML.
        var schema: JSONValue {
            .object([
                "type": .array([.string("object"), .string("null")]), "additionalProperties": .bool(false),
                "properties": .object(keys.merging(sections.mapValues(\.schema)) { $1 }),
            ])
        }
    }

    private static func schema(of key: ConfigurationKey) -> JSONValue {
        var members: [String: JSONValue] = [
            "description": .string("\(key.meaning) [\(key.allowed)]")
        ]
        if !key.defaultValue.isNull, key.shownDefault == nil { members["default"] = key.defaultValue }
        func type(_ name: String) { members["type"] = .array([.string(name), .string("null")]) }
        switch key.kind {
        case .whole(let range):
            type("integer")
            members["minimum"] = .number(range.lowerBound)
            members["maximum"] = .number(range.upperBound)
        case .number(let range):
            type("number")
            members["minimum"] = .number(range.lowerBound)
            members["maximum"] = .number(range.upperBound)
        case .flag: type("boolean")
        case .choice(let choices): members["enum"] = .array((choices.map { .string($0) }) + [.null])
        case .text, .file:
            type("string")
            if let pattern = key.pattern { members["pattern"] = .string(pattern) }
        case .list:
            members["oneOf"] = list(
                of: key.pattern.map { .object(["type": .string("string"), "pattern": .string($0)]) })
        case .choices(let choices): members["oneOf"] = list(of: .object(["enum": .array(choices.map { .string($0) })]))
        }
        return .object(members)
    }

    /// A list, or words with commas between.
    private static func list(of item: JSONValue?) -> JSONValue {
        .array([
            .object(["type": .string("array"), "items": item ?? .object(["type": .string("string")])]),
            .object(["type": .array([.string("string"), .string("null")])]),
        ])
    }
}
