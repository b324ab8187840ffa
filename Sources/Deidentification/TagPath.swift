import DICOMCore

/// Where an attribute stands: the sequences and items around it, and its tag. A safe fact: no value.
public struct TagPath: Sendable, Hashable, CustomStringConvertible {
    public struct Step: Sendable, Hashable {
        public let sequence: Tag
        /// From 0.
        public let item: Int

        public init(_ sequence: Tag, _ item: Int) {
            self.sequence = sequence
            self.item = item
        }
    }

    public let steps: [Step]
    public let tag: Tag

    public init(_ steps: [Step] = [], _ tag: Tag) {
        self.steps = steps
        self.tag = tag
    }

    /// `(0008,1140)[0].(0008,1155)`
    public var description: String {
        (steps.map { "\($0.sequence)[\($0.item)]" } + ["\(tag)"]).joined(separator: ".")
    }
}
