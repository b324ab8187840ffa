import DICOMCore

/// One reason why an output is not clean. Says where and what kind, never a value.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The output is not a well-formed data set.
        case malformed = "VER-001"
        /// A private element is left.
        case privateElement = "VER-002"
        /// An attribute is there that the profile removes, or that has no place in a data set.
        case notRemoved = "VER-003"
        /// An attribute that was to be emptied or replaced holds something else.
        case notReplaced = "VER-004"
        /// It even holds the original value.
        case originalValueKept = "VER-005"
        /// A value of a removed or replaced attribute occurs in the bytes.
        case removedValueFound = "VER-006"
        /// A UID that is neither registered nor made by our mapping.
        case foreignUID = "VER-007"
        /// The marks of de-identification are missing or wrong.
        case markMissing = "VER-008"
        /// More values than can be searched for; nothing is known about this output.
        case tooManyValues = "VER-009"
    }

    public let path: TagPath
    public let rule: Rule

    public init(_ path: TagPath, _ rule: Rule) {
        self.path = path
        self.rule = rule
    }

    public var description: String { "\(rule.rawValue) \(rule) at \(path)" }
}
