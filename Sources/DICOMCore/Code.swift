/// A coded concept: value, coding scheme, and the meaning for people.
///
/// Source: PS3.3 8, PS3.16.
public struct Code: Hashable, Sendable {
    public let value: String
    public let scheme: String
    public let meaning: String

    public init(_ value: String, _ scheme: String, _ meaning: String) {
        self.value = value
        self.scheme = scheme
        self.meaning = meaning
    }
}
