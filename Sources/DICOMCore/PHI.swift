/// Why a value that identifies a patient is opened.
public enum DisclosurePurpose: String, Sendable, CaseIterable {
    /// Taken apart by de-identification.
    case deidentification
    /// Written back into a result for the PACS.
    case reidentification
    /// Shown to an authorised person.
    case administration
    /// Compared inside a test.
    case test
}

/// A value that identifies a patient. Printing, reflecting or dumping it shows nothing; it opens only for a purpose.
public struct PHI<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: Value

    public init(_ value: Value) { self.value = value }

    /// Opens the value for one stated purpose, within `body` only.
    public func withDisclosed<Result, Failure: Error>(
        for purpose: DisclosurePurpose, _ body: (Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(value)
    }

    public var description: String { "‹PHI›" }
    public var debugDescription: String { "‹PHI›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
