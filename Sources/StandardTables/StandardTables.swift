import DICOMCore

/// The data dictionary: what the standard says about a tag.
///
/// Source: PS3.6 6 to 9, PS3.7 E.
public enum StandardTables {
    /// Where the dictionary comes from.
    public static var dictionaryEdition: String { EmbeddedTable.dictionary.title }

    /// The value representation of a standard attribute; `nil` for private and unknown tags.
    ///
    /// Where the standard leaves a choice, the one that fits uncompressed, unsigned data: OW of OB and OW, US of US
    /// and SS, OW for look-up table data. Group lengths are UL.
    public static func vr(of tag: Tag) -> VR? {
        if tag.isPrivate { return nil }
        guard let entry = AttributeDictionary.shared.entry(tag.number) else { return tag.element == 0 ? .UL : nil }
        return entry.vr
    }

    /// The keyword of a standard attribute, e.g. `PatientName`; `nil` for private and unknown tags.
    public static func keyword(of tag: Tag) -> String? {
        if tag.isPrivate { return nil }
        guard let entry = AttributeDictionary.shared.entry(tag.number) else {
            return tag.element == 0 ? "GroupLength" : nil
        }
        return String(decoding: EmbeddedTable.dictionary.bytes[entry.keyword], as: UTF8.self)
    }

    /// The attribute of a keyword, e.g. `PatientName`; `nil` for what is no keyword of a single attribute. Slow: looks
    /// through the whole dictionary.
    public static func tag(ofKeyword keyword: some StringProtocol) -> Tag? {
        AttributeDictionary.shared.tag(keyword: Array(keyword.utf8)).map { Tag(number: $0) }
    }

    /// Whether the attribute is US or SS as Pixel Representation (0028,0103) has it.
    public static func dependsOnPixelRepresentation(_ tag: Tag) -> Bool {
        !tag.isPrivate && AttributeDictionary.shared.entry(tag.number)?.isSignDependent == true
    }

    /// Whether PS3.6 Annex A registers this UID: a class, a syntax, a well-known instance, never a patient's object.
    public static func isRegistered(_ uid: some StringProtocol) -> Bool { RegisteredUIDs.shared.contains(uid) }

    /// Whether a code string (VR CS) is a defined term or enumerated value of the standard, of four characters or
    /// more. The vocabulary is closed: such a value cannot carry an identity.
    public static func isStandardTerm(_ term: some StringProtocol) -> Bool { StandardTerms.shared.contains(term) }
}

/// The entries of the dictionary, sorted by tag, the repeating groups behind them.
struct AttributeDictionary {
    struct Entry {
        let vr: VR
        let isSignDependent: Bool
        let keyword: Range<Int>
    }

    static let shared = AttributeDictionary(.dictionary)

    private var tags: [UInt32] = []
    private var entries: [Entry] = []
    private var repeating: [(TagPattern, Entry)] = []

    private init(_ table: EmbeddedTable) {
        tags.reserveCapacity(table.lines.count)
        entries.reserveCapacity(table.lines.count)
        for line in table.lines {
            // TTTTTTTT VR Keyword
            guard line.count > 12, let pattern = TagPattern(table.bytes[line.prefix(8)]) else { continue }
            let letters = line.lowerBound + 9
            let (vr, isSignDependent) = Self.vr(table.bytes[letters], table.bytes[letters + 1])
            let entry = Entry(vr: vr, isSignDependent: isSignDependent, keyword: letters + 3..<line.upperBound)
            if pattern.mask == .max {
                tags.append(pattern.number)
                entries.append(entry)
            } else {
                repeating.append((pattern, entry))
            }
        }
    }

    private static func vr(_ first: UInt8, _ second: UInt8) -> (VR, Bool) {
        switch (first, second) {
        case (0x6F, 0x78): (.OW, false)  // ox
        case (0x78, 0x73): (.US, true)  // xs
        case (0x6C, 0x74): (.OW, false)  // lt
        default: (VR(rawValue: String(decoding: [first, second], as: UTF8.self)) ?? .UN, false)
        }
    }

    func tag(keyword: [UInt8]) -> UInt32? {
        let bytes = EmbeddedTable.dictionary.bytes
        return entries.indices.first { bytes[entries[$0].keyword].elementsEqual(keyword) }.map { tags[$0] }
    }

    func entry(_ tag: UInt32) -> Entry? {
        var low = 0
        var high = tags.count
        while low < high {
            let middle = (low + high) / 2
            if tags[middle] < tag { low = middle + 1 } else { high = middle }
        }
        if low < tags.count, tags[low] == tag { return entries[low] }
        return repeating.first { $0.0.matches(tag) }?.1
    }
}

/// UIDs below the root 1.2.840.10008 that PS3.6 Annex A gives a meaning.
struct RegisteredUIDs {
    static let shared = RegisteredUIDs(.uids)

    private static let root = "1.2.840.10008."
    private let suffixes: Set<String>

    private init(_ table: EmbeddedTable) {
        suffixes = Set(table.lines.map { String(decoding: table.bytes[$0], as: UTF8.self) })
    }

    func contains(_ uid: some StringProtocol) -> Bool {
        uid.hasPrefix(Self.root) && suffixes.contains(String(uid.dropFirst(Self.root.count)))
    }
}

/// Defined terms and enumerated values of code strings.
struct StandardTerms {
    static let shared = StandardTerms(.terms)

    private let terms: Set<String>

    private init(_ table: EmbeddedTable) {
        terms = Set(table.lines.map { String(decoding: table.bytes[$0], as: UTF8.self) })
    }

    func contains(_ term: some StringProtocol) -> Bool { terms.contains(String(term)) }
}
