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
/// | other code strings, codes, names of equipment and techniques | the maker | descriptors and numbers |
///
/// So an identifier (name, number, date, place, device) is never excused where a hand could have written it, and a
/// zone holds only as long as its value is what the rule says: a name in Body Part Examined is no term of the standard.
struct ExcusedZones {
    private enum Zone {
        case fixed, number, technical
    }

    private let elements: [OutputElement]
    private let output: [UInt8]
    private let ours: Set<String>
    /// Where leaves begin, ascending, and their index in `elements`.
    private let leaves: [(start: Int, index: Int)]

    init(_ elements: [OutputElement], _ output: [UInt8], _ ours: Set<String>) {
        self.elements = elements
        self.output = output
        self.ours = ours
        leaves = elements.indices.filter { !elements[$0].isSequence }.map { (elements[$0].value.lowerBound, $0) }
    }

    func excuse(_ match: PatternIndex.Match) -> Bool {
        guard let element = leaf(at: match.range.lowerBound), match.range.upperBound <= element.value.upperBound,
            let part = part(of: element, around: match.range), let zone = zone(element, part)
        else { return false }
        let isIdentifier = match.origin.contains(.identifier)
        switch zone {
        case .fixed: return true
        case .number: return !isIdentifier || (match.isDigits && match.range != part)
        case .technical: return !isIdentifier
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

    private func zone(_ element: OutputElement, _ part: Range<Int>) -> Zone? {
        let tag = element.path.tag
        let vr = StandardTables.vr(of: tag) ?? .UN
        let text = String(decoding: output[part], as: UTF8.self)
        if isMark(element, text) || StandInValues.texts.contains(text) { return .fixed }
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

    /// What the profile itself writes about itself, byte for byte.
    private func isMark(_ element: OutputElement, _ text: String) -> Bool {
        let path = element.path
        if path.steps.first?.sequence == .deidentificationMethodCodeSequence {
            return DeidentificationProfile.allMethodTexts.contains(text)
        }
        return path.steps.isEmpty && path.tag == .deidentificationMethod && text == DeidentificationProfile.methodText
    }

    /// Codes and their meanings; makers, models, versions; plates, filters, look-up tables.
    private static let technicalTags: Set<Tag> = [
        Tag(0x0008, 0x0070), Tag(0x0008, 0x0100), Tag(0x0008, 0x0102), Tag(0x0008, 0x0103), Tag(0x0008, 0x0104),
        Tag(0x0008, 0x1090), Tag(0x0018, 0x1016), Tag(0x0018, 0x1018), Tag(0x0018, 0x1019), Tag(0x0018, 0x1020),
        Tag(0x0018, 0x1160), Tag(0x0018, 0x1180), Tag(0x0018, 0x1250), Tag(0x0018, 0x1251), Tag(0x0018, 0x1260),
        Tag(0x0018, 0x1261), Tag(0x0018, 0x6000), Tag(0x0028, 0x1055), Tag(0x0028, 0x3003),
    ]
}
