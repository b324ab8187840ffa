/// One key of a training configuration: its name, what it means, its range, and how it is read and written.
///
/// The file, the flags, `cxrgate train --settings` and the configuration kept with each run all go through this one
/// table, so that they cannot disagree.
public struct TrainingSetting: Sendable {
    /// What stands behind a key.
    public enum Value: Sendable, Hashable {
        case scalar(String)
        case list([String])

        /// As YAML writes it.
        public var yaml: String {
            switch self {
            case .scalar(let text): Value.quoted(text)
            case .list(let texts): "[" + texts.map(Value.quoted).joined(separator: ", ") + "]"
            }
        }

        private static func quoted(_ text: String) -> String {
            let isPlain =
                !text.isEmpty
                && text.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [0x2D, 0x2E, 0x2F, 0x5F].contains(byte)
                }
            let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return isPlain ? text : "\"\(escaped)\""
        }
    }

    /// Its path in the file, e.g. `network.widths`.
    public let key: String
    /// The values that are taken, for people.
    public let range: String
    public let help: String
    /// Takes a value, or returns what is wrong with it.
    let read: @Sendable (Value, inout TrainingConfiguration) -> String?
    /// The value in a configuration.
    public let value: @Sendable (TrainingConfiguration) -> Value

    /// The value where nothing is said.
    public var defaultValue: Value { value(TrainingConfiguration(dataDirectory: "")) }
}

extension TrainingSetting {
    typealias Path<Setting> = any WritableKeyPath<TrainingConfiguration, Setting> & Sendable

    static func number<Number: BinaryFloatingPoint & LosslessStringConvertible & Sendable>(
        _ key: String, _ path: Path<Number>, _ range: ClosedRange<Number>, _ help: String,
        problem: (@Sendable (String) -> String)? = nil
    ) -> TrainingSetting {
        let words = "\(range.lowerBound)…\(range.upperBound)"
        return TrainingSetting(
            key: key, range: words, help: help,
            read: { value, configuration in
                // NaN and infinities are in no range.
                guard case .scalar(let text) = value, let number = Number(text), range.contains(number) else {
                    return problem?(value.yaml) ?? "\(key): \(value.yaml) is not within \(words)"
                }
                configuration[keyPath: path] = number
                return nil
            }, value: { .scalar("\($0[keyPath: path])") })
    }

    static func whole<Number: FixedWidthInteger & LosslessStringConvertible & Sendable>(
        _ key: String, _ path: Path<Number>, _ range: ClosedRange<Number>, _ help: String
    ) -> TrainingSetting {
        let words = "\(range.lowerBound)…\(range.upperBound)"
        return TrainingSetting(
            key: key, range: words, help: help,
            read: { value, configuration in
                guard case .scalar(let text) = value, let number = Number(text), range.contains(number) else {
                    return "\(key): \(value.yaml) is not a whole number within \(words)"
                }
                configuration[keyPath: path] = number
                return nil
            }, value: { .scalar("\($0[keyPath: path])") })
    }

    static func numbers<Number: Comparable & LosslessStringConvertible & Sendable>(
        _ key: String, _ path: Path<[Number]>, _ range: ClosedRange<Number>, count: ClosedRange<Int>, _ help: String
    ) -> TrainingSetting {
        let words = "\(count.lowerBound) to \(count.upperBound) values of \(range.lowerBound)…\(range.upperBound)"
        return TrainingSetting(
            key: key, range: words, help: help,
            read: { value, configuration in
                guard case .list(let texts) = value, count.contains(texts.count) else {
                    return "\(key): \(value.yaml) is not a list of \(words)"
                }
                let numbers = texts.compactMap { Number($0) }.filter { range.contains($0) }
                guard numbers.count == texts.count else { return "\(key): \(value.yaml) is not a list of \(words)" }
                configuration[keyPath: path] = numbers
                return nil
            }, value: { .list($0[keyPath: path].map { "\($0)" }) })
    }

    static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ path: Path<Choice>, _ help: String
    ) -> TrainingSetting where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return TrainingSetting(
            key: key, range: words, help: help,
            read: { value, configuration in
                guard case .scalar(let text) = value, let choice = Choice(rawValue: text) else {
                    return "\(key): \(value.yaml) is not one of \(words)"
                }
                configuration[keyPath: path] = choice
                return nil
            }, value: { .scalar($0[keyPath: path].rawValue) })
    }

    static func flag(_ key: String, _ path: Path<Bool>, _ help: String) -> TrainingSetting {
        TrainingSetting(
            key: key, range: "true, false", help: help,
            read: { value, configuration in
                guard case .scalar(let text) = value, let flag = Bool(text) else {
                    return "\(key): \(value.yaml) is neither true nor false"
                }
                configuration[keyPath: path] = flag
                return nil
            }, value: { .scalar($0[keyPath: path] ? "true" : "false") })
    }

    static func text(
        _ key: String, _ path: Path<String>, _ range: String, _ help: String, longest: Int = 500,
        isValid: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> TrainingSetting {
        TrainingSetting(
            key: key, range: range, help: help,
            read: { value, configuration in
                guard case .scalar(let text) = value, text.utf8.count <= longest, isValid(text) else {
                    return "\(key): \(value.yaml) is not \(range)"
                }
                configuration[keyPath: path] = text
                return nil
            }, value: { .scalar($0[keyPath: path]) })
    }

    static func texts(
        _ key: String, _ path: Path<[String]>, _ range: String, _ help: String, most: Int,
        isValid: @escaping @Sendable (String) -> Bool = { !$0.isEmpty && !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F } }
    ) -> TrainingSetting {
        TrainingSetting(
            key: key, range: range, help: help,
            read: { value, configuration in
                guard case .list(let texts) = value, texts.count <= most, texts.allSatisfy(isValid) else {
                    return "\(key): \(value.yaml) is not \(range)"
                }
                configuration[keyPath: path] = texts
                return nil
            }, value: { .list($0[keyPath: path]) })
    }
}
