/// What a site wants done about what its pixels may say.
public struct PixelRules: Sendable, Codable, Hashable {
    /// What becomes of an image with a line of text.
    public enum TextAction: String, Sendable, Codable, Hashable, CaseIterable {
        /// The lines are covered; if any is still found then, the image is held.
        case mask
        /// A person decides.
        case hold
        /// It is not analysed.
        case refuse
    }

    /// What becomes of an image whose Burned In Annotation (0028,0301) says YES. Its NO is nobody's word to trust, and
    /// an absent attribute says nothing: both are searched like any other.
    public enum AnnotationAction: String, Sendable, Codable, Hashable, CaseIterable {
        /// Lines and regions are covered; if there was nothing to cover, the image is held.
        case mask
        case hold, refuse
    }

    /// What becomes of bytes beside the pixels: comments, application segments, trailing bytes, unused bits.
    public enum ResidueAction: String, Sendable, Codable, Hashable, CaseIterable {
        /// They are taken out, which changes no pixel.
        case strip
        case hold
    }

    public var text = TextAction.hold
    public var annotation = AnnotationAction.hold
    public var residue = ResidueAction.strip
    /// Words of position of the site's language, beside the English ones.
    public var markerWords: [String] = []

    public init() {}
}

/// Why an image was not cleared.
public enum ClearanceReason: String, Sendable, Codable, Hashable, CaseIterable {
    case text = "CLR-001"
    case annotation = "CLR-002"
    case residue = "CLR-003"
    case textRemains = "CLR-004"
    case unreadable = "CLR-005"

    public var meaning: String {
        switch self {
        case .text: "text is burned into the pixels"
        case .annotation: "the object says that something is burned into its pixels"
        case .residue: "bytes beside the pixels may hold text"
        case .textRemains: "text was covered, and text is still found"
        case .unreadable: "the pixel data could not be searched"
        }
    }
}

/// What was found and done: places and kinds, never a value; safe for the database, the journal and a screen.
public struct ClearanceReport: Sendable, Codable, Hashable {
    /// Lines of text, each as top, left, bottom, right.
    public var text: [PixelBox] = []
    /// What was covered.
    public var masked: [PixelBox] = []
    public var residue: [ResidueKind] = []

    public init() {}

    /// In a few words for the journal.
    public var summary: [String: String] {
        [
            "lines": "\(text.count)", "masked": "\(masked.count)",
            "residue": residue.map(\.rawValue).joined(separator: " "),
        ]
    }
}
