import DICOMCore
import Foundation

// How keys are made: name, where the value goes, what is allowed, when a change is heeded, what it means.

extension ConfigurationKey {
    typealias Place<Value> = any WritableKeyPath<GatewayConfiguration, Value> & Sendable

    /// A whole number.
    static func whole<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ place: Place<Number>, _ range: ClosedRange<Int>, unit: String = "",
        _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .whole(range), unit: unit, allowed: words(range.lowerBound, range.upperBound, unit), meaning,
            application, value: { .number($0[keyPath: place]) },
            put: { texts, configuration in
                guard let number = whole(texts[0], range), let fitting = Number(exactly: number) else { return false }
                configuration[keyPath: place] = fitting
                return true
            })
    }

    /// A whole number that may be absent: then there is none of the thing.
    static func whole<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ place: Place<Number?>, _ range: ClosedRange<Int>, unit: String = "",
        _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .whole(range), unit: unit, allowed: words(range.lowerBound, range.upperBound, unit), meaning,
            application, value: { .optional($0[keyPath: place]) },
            put: { texts, configuration in
                guard let number = whole(texts[0], range), let fitting = Number(exactly: number) else { return false }
                configuration[keyPath: place] = fitting
                return true
            })
    }

    /// A number, fractions allowed.
    static func number(
        _ name: String, _ place: Place<Double>, _ range: ClosedRange<Double>, unit: String = "",
        _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .number(range), unit: unit,
            allowed: words(brief(range.lowerBound), brief(range.upperBound), unit), meaning, application,
            value: { .number($0[keyPath: place]) },
            put: { texts, configuration in
                guard let number = decimal(texts[0]), range.contains(number) else { return false }
                configuration[keyPath: place] = number
                return true
            })
    }

    /// One word of several.
    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, _ place: Place<Choice>, _ application: Application, _ meaning: String
    ) -> ConfigurationKey where Choice.RawValue == String {
        let choices = Choice.allCases.map(\.rawValue)
        return ConfigurationKey(
            name, .choice(choices), allowed: "one of " + choices.joined(separator: ", "), meaning, application,
            value: { .string($0[keyPath: place].rawValue) },
            put: { texts, configuration in
                guard let choice = Choice(rawValue: texts[0]) else { return false }
                configuration[keyPath: place] = choice
                return true
            })
    }

    /// Several words, each at most once.
    static func choices<Choice: RawRepresentable & CaseIterable & Sendable & Hashable>(
        _ name: String, _ place: Place<Set<Choice>>, _ application: Application, _ meaning: String
    ) -> ConfigurationKey where Choice.RawValue == String {
        let choices = Choice.allCases.map(\.rawValue)
        return ConfigurationKey(
            name, .choices(choices), allowed: "any of " + choices.joined(separator: ", "), meaning, application,
            value: { configuration in
                .array(configuration[keyPath: place].map(\.rawValue).sorted().map { .string($0) })
            },
            put: { texts, configuration in
                let chosen = texts.compactMap { Choice(rawValue: $0) }
                configuration[keyPath: place] = Set(chosen)
                return chosen.count == texts.count
            })
    }

    /// Yes or no.
    static func flag(
        _ name: String, _ place: Place<Bool>, _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .flag, allowed: "true or false", meaning, application, value: { .bool($0[keyPath: place]) },
            put: { texts, configuration in
                switch texts[0].lowercased() {
                case "true", "yes", "on", "1": configuration[keyPath: place] = true
                case "false", "no", "off", "0": configuration[keyPath: place] = false
                default: return false
                }
                return true
            })
    }

    /// Words, in a form.
    static func text(
        _ name: String, _ place: Place<String>, as form: TextForm = .any, _ application: Application,
        _ meaning: String
    ) -> ConfigurationKey {
        text(
            name, form, application, meaning, value: { $0[keyPath: place] },
            put: { $1[keyPath: place] = $0 })
    }

    /// Words that may be absent; empty is the same as absent.
    static func text(
        _ name: String, _ place: Place<String?>, as form: TextForm = .any, _ application: Application,
        _ meaning: String
    ) -> ConfigurationKey {
        text(
            name, form, application, meaning, value: { $0[keyPath: place] ?? "" },
            put: { $1[keyPath: place] = $0.isEmpty ? nil : $0 })
    }

    private static func text(
        _ name: String, _ form: TextForm, _ application: Application, _ meaning: String,
        value: @escaping @Sendable (GatewayConfiguration) -> String,
        put: @escaping @Sendable (String, inout GatewayConfiguration) -> Void
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .text, allowed: form.allowed, pattern: form.pattern, meaning, application,
            value: { value($0).isEmpty ? .null : .string(value($0)) },
            put: { texts, configuration in
                guard let text = texts[0].isEmpty ? "" : form.normalized(texts[0]) else { return false }
                put(text, &configuration)
                return true
            })
    }

    /// Several words in a form, each by itself.
    static func list(
        _ name: String, _ place: Place<[String]>, as form: TextForm = .any, _ application: Application,
        _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .list, allowed: "a list; each: " + form.allowed, pattern: form.pattern, meaning, application,
            value: { .array($0[keyPath: place].map { .string($0) }) },
            put: { texts, configuration in
                let fitting = texts.compactMap { form.normalized($0) }
                configuration[keyPath: place] = fitting
                return fitting.count == texts.count
            })
    }

    /// The path of a file; empty for none.
    static func file(
        _ name: String, _ place: Place<String>, _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .file, allowed: TextForm.file.allowed, pattern: TextForm.file.pattern, meaning, application,
            value: { $0[keyPath: place].isEmpty ? .null : .string($0[keyPath: place]) },
            put: { texts, configuration in
                configuration[keyPath: place] = texts[0]
                return texts[0].isEmpty || TextForm.file.normalized(texts[0]) != nil
            })
    }

    /// The path of a file that may be absent.
    static func file(
        _ name: String, _ place: Place<String?>, _ application: Application, _ meaning: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, .file, allowed: TextForm.file.allowed, pattern: TextForm.file.pattern, meaning, application,
            value: { .optional($0[keyPath: place]) },
            put: { texts, configuration in
                configuration[keyPath: place] = texts[0].isEmpty ? nil : texts[0]
                return texts[0].isEmpty || TextForm.file.normalized(texts[0]) != nil
            })
    }

    private static func whole(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        guard let number = decimal(text).flatMap({ Int(exactly: $0) }) else { return nil }
        return range.contains(number) ? number : nil
    }

    /// As people write numbers: not hexadecimal, not `inf`.
    private static func decimal(_ text: String) -> Double? {
        text.wholeMatch(of: /[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?/) == nil ? nil : Double(text)
    }

    static func brief(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

    private static func words(
        _ lower: some CustomStringConvertible, _ upper: some CustomStringConvertible, _ unit: String
    )
        -> String
    {
        "\(lower)…\(upper)" + (unit.isEmpty ? "" : " \(unit)")
    }
}

/// What words must look like.
struct TextForm: Sendable {
    let allowed: String
    /// For the schema: a regular expression of ECMA 262.
    let pattern: String?
    /// The value to keep, or `nil` if it is not allowed.
    let normalized: @Sendable (String) -> String?

    static let any = TextForm(allowed: "any text", pattern: nil, normalized: { $0 })

    static let aeTitle = TextForm(
        allowed: "1 to 16 printable ASCII characters without backslash", pattern: #"^[ -\[\]-~]{1,16}$"#,
        normalized: { AETitle($0)?.value })

    /// A numeric address of IPv4 or IPv6.
    static let address = TextForm(
        allowed: "a numeric IPv4 or IPv6 address", pattern: "^[0-9A-Fa-f:.]+$",
        normalized: { text in
            var place = in6_addr()
            let isAddress = unsafe inet_pton(AF_INET, text, &place) == 1 || inet_pton(AF_INET6, text, &place) == 1
            return isAddress ? text : nil
        })

    static let file = TextForm(
        allowed: "an absolute path, or credential:NAME",
        pattern: "^$|^/[^\\n]*$|^credential:[A-Za-z0-9._-]+$",
        normalized: { $0.wholeMatch(of: /\/[^\n]*|credential:[A-Za-z0-9._-]+/) == nil ? nil : $0 })

    /// `NAME, YYYY-MM-DD`: a decision that someone answers for.
    static let decision = TextForm(
        allowed: "who decided it, and on which day: 'NAME, YYYY-MM-DD'",
        pattern: #"^$|^\s*[^\s,][^,]*,\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"#,
        normalized: { $0.wholeMatch(of: /\s*[^\s,][^,]*,\s*\d{4}-\d{2}-\d{2}\s*/) == nil ? nil : $0 })

    /// The font that burned-in text is compared with has these letters; shorter words are markers anyway.
    static let markerWord = TextForm(
        allowed: "4 to 24 letters A to Z", pattern: "^[A-Za-z]{4,24}$",
        normalized: { $0.wholeMatch(of: /[A-Za-z]{4,24}/) == nil ? nil : $0 })
}
