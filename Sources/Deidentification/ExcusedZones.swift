import DICOMCore
import StandardTables

/// Where in the output a removed value may recur without giving anything away.
///
/// | zone | who decides what stands there | excused |
/// | --- | --- | --- |
/// | constants of the profile: its marks and stand-ins, byte for byte | we | everything |
/// | UIDs of our mapping; UIDs registered in PS3.6 | our key; the standard | everything |
/// | code strings (CS) that are terms of the standard | a closed vocabulary | everything |
/// | numbers (DS, IS) | their format: digits | numbers; descriptors; other digits unless they are the whole number |
/// | Manufacturer, Coding Scheme Designator: the name of a known maker | the maker | everything |
/// | ordinary words (`DescriptorVocabulary`) in cleaned text | the vocabulary | everything but persons |
/// | ordinary words in codes and their meanings | the vocabulary | everything |
/// | moved dates | the patient's shift | everything |
/// | attributes that an option or a rule keeps | the profile | everything but persons; dates in dates |
/// | other code strings, codes, names of equipment and techniques | the maker | descriptors and numbers |
///
/// So an identifier (name, number, date, place, device) is never excused where a hand could have written it, and a
/// zone holds only as long as its value is what the rule says: a name in Body Part Examined is no term of the standard.
struct ExcusedZones {
    private enum Zone {
        case fixed, number, technical
        /// Kept by an option or a rule.
        case retained
        /// A date or time that is kept or moved.
        case retainedDate
    }

    private let elements: [OutputElement]
    private let output: [UInt8]
    private let ours: Set<String>
    private let profile: DeidentificationProfile
    private let removed: RemovedValues
    private let safePrivate: Set<TagPath>
    /// Where leaves begin, ascending, and their index in `elements`.
    private let leaves: [(start: Int, index: Int)]

    init(_ elements: [OutputElement], _ structure: OutputStructureCheck) {
        self.elements = elements
        output = structure.output
        ours = structure.ours
        profile = structure.profile
        removed = structure.removed
        safePrivate = structure.safePrivate
        leaves = elements.indices.filter { !elements[$0].isSequence }.map { (elements[$0].value.lowerBound, $0) }
    }

    func excuse(_ match: PatternIndex.Match) -> Bool {
        guard let element = leaf(at: match.range.lowerBound), match.range.upperBound <= element.value.upperBound,
            let part = part(of: element, around: match.range)
        else { return false }
        if isOrdinaryWord(element, match) { return true }
        guard let zone = zone(element, part) else { return false }
        let isIdentifier = match.origin.contains(.identifier)
        let isPerson = match.origin.contains(.person)
        switch zone {
        case .fixed: return true
        case .number: return !isIdentifier || (match.isDigits && match.range != part)
        case .technical: return !isIdentifier
        case .retained: return !isPerson
        case .retainedDate: return !isPerson || match.origin.contains(.date) || match.isDigits && match.range != part
        }
    }

    /// The element whose value, or whose header, holds a byte.
    func path(at offset: Int) -> TagPath {
        if let element = leaf(at: offset), offset < element.value.upperBound { return element.path }
        return leaves.first { $0.start > offset }.map { elements[$0.index].path } ?? TagPath([], Tag(0x0000, 0x0000))
    }

    private func leaf(at offset: Int) -> OutputElement? {
        var low = 0
        var high = leaves.count
        while low < high {
            let middle = (low + high) / 2
            if leaves[middle].start <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? elements[leaves[low - 1].index] : nil
    }

    /// The one of several values (between backslashes) that holds the match whole, without padding; for a match over
    /// several values the value as a whole. `nil` where that is longer than anything that may be excused.
    private func part(of element: OutputElement, around range: Range<Int>) -> Range<Int>? {
        if output[range].contains(0x5C) { return element.value.count <= Self.maximumPartBytes ? element.value : nil }
        var start = range.lowerBound
        while start > element.value.lowerBound, output[start - 1] != 0x5C {
            start -= 1
            guard range.lowerBound - start <= Self.maximumPartBytes else { return nil }
        }
        var end = range.upperBound
        while end < element.value.upperBound, output[end] != 0x5C {
            end += 1
            guard end - range.upperBound <= Self.maximumPartBytes else { return nil }
        }
        while end > range.upperBound, output[end - 1] == 0 || output[end - 1] == 0x20 { end -= 1 }
        while start < range.lowerBound, output[start] == 0x20 { start += 1 }
        return start..<end
    }

    /// Excused values are words, codes, UIDs, numbers and short texts.
    private static let maximumPartBytes = 1024

    /// The match lies within one word that the vocabulary knows, in a cleaned text or a code.
    private func isOrdinaryWord(_ element: OutputElement, _ match: PatternIndex.Match) -> Bool {
        let tag = element.path.tag
        let isCode = Self.codeTags.contains(tag)
        guard isCode || !match.origin.contains(.person) && isCleaned(element) else { return false }
        var (start, end) = (match.range.lowerBound, match.range.upperBound)
        while start > element.value.lowerBound, VerifiedText.words([output[start - 1]]).count == 1 { start -= 1 }
        while end < element.value.upperBound, VerifiedText.words([output[end]]).count == 1 { end += 1 }
        return DescriptorVocabulary.shared.contains(output[start..<end])
    }

    private func isCleaned(_ element: OutputElement) -> Bool {
        switch VerifiedFate.of(element.path.tag, profile) {
        case .words, .term: true
        case .unlisted: element.path.tag == Tag(0x0040, 0xA160)
        default: false
        }
    }

    private static let codeTags: Set<Tag> = [
        Tag(0x0008, 0x0100), Tag(0x0008, 0x0104), Tag(0x0008, 0x0119), Tag(0x0008, 0x0120),
    ]

    /// A closed vocabulary although its VR is ST (PS3.3 C.13.3).
    private static let imageDisplayFormat = Tag(0x2010, 0x0010)
    private static let displayFormats: Set<String> = ["COL", "CUSTOM", "ROW", "SLIDE", "STANDARD", "SUPERSLIDE"]

    /// Names that stand on machines all over the world. In Manufacturer they say who made the machine, also where the
    /// patient or the hospital is called so.
    private static let makers: Set<String> = [
        "agfa", "canon", "carestream", "delft", "drgem", "drtech", "fuji", "fujifilm", "ge", "gehealthcare", "gevaert",
        "hologic",
        "kodak", "konica", "medtronic", "mindray", "minolta", "nanox", "oehm", "philips", "planmed", "rayence",
        "samsung", "sectra", "sedecal", "shimadzu", "siemens", "stephanix", "swissray", "toshiba", "trixell", "varex",
        "varian", "vieworks", "visaris", "ziehm",
    ]

    private func isMaker(_ element: OutputElement, _ text: String) -> Bool {
        guard element.path.tag == .manufacturer || element.path.tag == Tag(0x0008, 0x0102) else { return false }
        let general: Set<String> = [
            "ag", "bv", "co", "company", "corp", "corporation", "electron", "electronics", "gmbh", "health",
            "film", "healthcare", "healthineers", "holdings", "imaging", "inc", "kg", "ltd", "medical", "nv", "of",
            "photo", "solutions", "standard",
            "system", "systems", "x", "ray",
        ]
        let words = VerifiedText.words(text.utf8).map { String(decoding: $0, as: UTF8.self).lowercased() }
        return words.contains { Self.makers.contains($0) }
            && words.allSatisfy { Self.makers.contains($0) || general.contains($0) }
    }

    private func zone(_ element: OutputElement, _ part: Range<Int>) -> Zone? {
        let tag = element.path.tag
        let vr = StandardTables.vr(of: tag) ?? .UN
        let text = String(decoding: output[part], as: UTF8.self)
        if isMark(element, text) || StandInValues.texts.contains(text) || isMaker(element, text) { return .fixed }
        if tag == Self.imageDisplayFormat, Self.displayFormats.contains(text) { return .fixed }
        if let kept = keptZone(element, part, vr) { return kept }
        switch vr {
        case .UI:
            return StandardTables.isRegistered(text) || ours.contains(text) ? .fixed : nil
        case .CS: return StandardTables.isStandardTerm(text) ? .fixed : .technical
        case .DS, .IS:
            // Digits, signs, point, exponent; and, for a match over several values, what separates them.
            let isNumber = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || [0x20, 0x2B, 0x2D, 0x2E, 0x45, 0x5C, 0x65].contains($0)
            }
            return isNumber ? .number : nil
        default: return Self.technicalTags.contains(tag) ? .technical : nil
        }
    }

    /// What the profile leaves on purpose.
    private func keptZone(_ element: OutputElement, _ part: Range<Int>, _ vr: VR) -> Zone? {
        let tag = element.path.tag
        if tag.isPrivate { return safePrivate.contains(element.path) ? .retained : nil }
        switch VerifiedFate.of(tag, profile) {
        case .retained:
            if vr == .UI { return .fixed }
            return vr == .DA || vr == .DT || vr == .TM ? .retainedDate : .retained
        case .time: return .retainedDate
        case .title: return .retained
        case .moved:
            return removed.moved[tag]?.contains(Array(output[part])) == true ? .fixed : nil
        case .unlisted where vr == .UI && profile.options.contains(.retainUIDs): return .fixed
        default:
            return removed.keptContent.contains(Array(output[part])) ? .retained : nil
        }
    }

    /// What the profile itself writes about itself, byte for byte.
    private func isMark(_ element: OutputElement, _ text: String) -> Bool {
        let path = element.path
        if path.steps.first?.sequence == .deidentificationMethodCodeSequence {
            return DeidentificationMarks.allTexts.contains(text)
        }
        let texts = profile.methodTexts
        return path.steps.isEmpty && path.tag == .deidentificationMethod
            && (texts.contains(text) || text == texts.joined(separator: "\\"))
    }

    /// Codes and their meanings; makers, models, versions; plates, filters, look-up tables.
    private static let technicalTags: Set<Tag> = [
        Tag(0x0008, 0x0070), Tag(0x0008, 0x0100), Tag(0x0008, 0x0102), Tag(0x0008, 0x0103), Tag(0x0008, 0x0104),
        Tag(0x0008, 0x1090), Tag(0x0018, 0x1016), Tag(0x0018, 0x1018), Tag(0x0018, 0x1019), Tag(0x0018, 0x1020),
        Tag(0x0018, 0x1160), Tag(0x0018, 0x1180), Tag(0x0018, 0x1250), Tag(0x0018, 0x1251), Tag(0x0018, 0x1260),
        Tag(0x0018, 0x1261), Tag(0x0018, 0x6000), Tag(0x0028, 0x1055), Tag(0x0028, 0x3003),
    ]
}
