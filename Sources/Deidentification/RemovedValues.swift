import DICOMCore
import StandardTables

/// What kind of attribute a removed value comes from; decides in which kept values it may legitimately recur.
struct ValueOrigin: OptionSet, Hashable {
    let rawValue: UInt8

    /// Names, numbers, dates, addresses, devices: may recur nowhere but in words of closed vocabularies.
    static let identifier = ValueOrigin(rawValue: 1)
    /// Descriptions that the table would also let be cleaned (option column Clean Descriptors), and private values:
    /// technical words that may stand in technical attributes as well.
    static let descriptor = ValueOrigin(rawValue: 2)
    /// Numbers (VR DS, IS): may recur in numbers.
    static let measure = ValueOrigin(rawValue: 4)
    /// An identifier of a person: names, and what the table takes away of the patient. Not even an option excuses it.
    static let person = ValueOrigin(rawValue: 8)
    /// A date or a time.
    static let date = ValueOrigin(rawValue: 16)
}

/// The values that must not be in the output, collected from the original.
///
/// Walks the original with a stack of its own, and asks the table again; the de-identifier's decisions are not used.
struct RemovedValues {
    /// Below this many bytes a value is too common to be searched for.
    static let minimumLength = 4
    /// Enough for any header within the scanner's limits that is a radiograph's; beyond it the verifier refuses.
    static let maximumCount = 100_000

    /// Trimmed values by where they come from.
    private(set) var patterns: [[UInt8]: ValueOrigin] = [:]
    /// Trimmed whole values of the original, by tag, short ones included.
    private(set) var byTag: [Tag: Set<[UInt8]>] = [:]
    /// Where dates of an attribute may have moved to.
    private(set) var moved: [Tag: Set<[UInt8]>] = [:]
    /// Values of content items that an option keeps by their concept.
    private(set) var keptContent: Set<[UInt8]> = []
    private(set) var isComplete = true

    private let profile: DeidentificationProfile
    private let days: Int

    /// What surrounds an element.
    private struct Surroundings {
        /// `nil`: everything around survives.
        var inherited: ValueOrigin?
        /// Inside a sequence that is cleaned.
        var isCleaned = false
        /// Private creators of the data set, by group and block.
        var creators: [Tag: String] = [:]
        /// The one attribute that the item's concept keeps.
        var kept: Tag?
    }

    init(_ originals: [DataSet], _ profile: DeidentificationProfile, days: Int) {
        self.profile = profile
        self.days = days
        var work: [(elements: ArraySlice<DataElement>, around: Surroundings)] = originals.map {
            ($0.elements[...], surroundings(of: $0, Surroundings()))
        }
        while var top = work.popLast() {
            guard let element = top.elements.popFirst() else { continue }
            work.append(top)
            if case .items(let items) = element.value {
                let inner = inside(element, top.around)
                for item in items { work.append((item.elements[...], surroundings(of: item, inner))) }
            } else {
                take(element, top.around)
            }
        }
    }

    /// What a sequence means for its items.
    private func inside(_ element: DataElement, _ around: Surroundings) -> Surroundings {
        var inner = around
        if element.tag.isPrivate {
            if !isSafe(element, around) { inner.inherited = around.inherited ?? .descriptor }
            return inner
        }
        if isOutOfPlace(element.tag) {
            inner.inherited = around.inherited ?? .descriptor
            return inner
        }
        let fate = VerifiedFate.of(element.tag, profile)
        if !fate.hasItems { inner.inherited = around.inherited ?? origin(ofListed: element.tag) }
        if case .cleanedItems = fate { inner.isCleaned = true }
        return inner
    }

    /// What an item's own words mean for its elements.
    private func surroundings(of item: DataSet, _ around: Surroundings) -> Surroundings {
        var inner = around
        inner.creators = [:]
        inner.kept = nil
        if profile.keepsPrivate {
            for element in item.elements where element.tag.isPrivateCreator {
                inner.creators[element.tag] = item.text(element.tag)
            }
        }
        let isCode = [0x0100, 0x0119, 0x0120].contains { item[Tag(0x0008, $0)] != nil }
        if isCode {
            let isPublic = CodingSchemes.isPublic(item.text(Tag(0x0008, 0x0102)) ?? "")
            // A code of the world names nobody, wherever it stood; a cleaned sequence keeps no other.
            if isPublic, around.inherited != nil { inner.inherited = .descriptor }
            if !isPublic, around.isCleaned { inner.inherited = .descriptor }
        }
        guard around.isCleaned else { return inner }
        if let type = item.text(Tag(0x0040, 0xA040)) {
            let concept = item.items(Tag(0x0040, 0xA043)).first
            let row = ContentNames.shared.row(
                code: concept?.text(Tag(0x0008, 0x0100)) ?? "", scheme: concept?.text(Tag(0x0008, 0x0102)) ?? "",
                valueType: type)
            if let row, profile.options.contains(where: { row.action(under: $0) == .K }) {
                inner.kept = type == "TEXT" ? Tag(0x0040, 0xA160) : Tag(0x0040, 0xA124)
            } else if row?.basic == .X, !profile.options.contains(where: { row?.action(under: $0) != nil }) {
                inner.inherited = .descriptor
            }
        }
        return inner
    }

    private func isSafe(_ element: DataElement, _ around: Surroundings) -> Bool {
        guard profile.keepsPrivate else { return false }
        if element.tag.isPrivateCreator { return around.creators[element.tag] != nil }
        guard let creator = around.creators[Tag(element.tag.group, element.tag.element >> 8)] else { return false }
        return profile.isSafe(private: element.tag, creator: creator, vr: element.vr)
    }

    private func isOutOfPlace(_ tag: Tag) -> Bool {
        tag.group < 0x0008 || tag.group & 0xFF00 == 0x5000 || tag.group & 0xFF00 == 0x6000
            || StandardTables.vr(of: tag) == nil
    }

    // MARK: Elements

    private mutating func take(_ element: DataElement, _ around: Surroundings) {
        let tag = element.tag
        let whole = Self.trimmed(element.bytes[...])
        if whole.isEmpty { return }
        byTag[tag, default: []].insert(whole)
        if let inherited = around.inherited {
            // Which scheme a code is of says nothing about anybody.
            if Self.schemeTags.contains(tag) { return add(element, whole, .descriptor) }
            return add(element, whole, origin(of: element) ?? inherited)
        }
        if tag.isPrivate {
            if !isSafe(element, around) { add(element, whole, Self.privateOrigin(element.vr)) }
            return
        }
        if isOutOfPlace(tag) {
            if StandardTables.vr(of: tag) == nil, tag.element == 0 { return }
            if tag.group & 0xFF00 == 0x6000, profile.options.contains(.cleanGraphics) {
                // A cleaned plane is a subset of its bits; it has no words.
                if StandardTables.vr(of: tag)?.isText == true { addWords(whole, .descriptor) }
                return
            }
            return add(element, whole, StandardTables.vr(of: tag) == nil ? .identifier : .descriptor)
        }
        if tag == around.kept {
            keptContent.insert(whole)
            return
        }
        if around.isCleaned, tag == Tag(0x0040, 0xA160) { return addWords(whole, .descriptor) }
        switch VerifiedFate.of(tag, profile) {
        case .retained, .unlisted, .time, .title: return
        case .words, .term: addWords(whole, origin(ofListed: tag))
        case .moved:
            for part in whole.split(separator: 0x5C) {
                if let text = VerifiedText.moved(Self.trimmed(part), by: days) { moved[tag, default: []].insert(text) }
            }
            add(element, whole, origin(ofListed: tag))
        case .gone, .replaced, .cleanedItems: add(element, whole, origin(ofListed: tag))
        }
    }

    /// Coding Scheme Designator and Version.
    private static let schemeTags: Set<Tag> = [Tag(0x0008, 0x0102), Tag(0x0008, 0x0103)]

    /// `nil` where the attribute alone would not be removed.
    private func origin(of element: DataElement) -> ValueOrigin? {
        if element.tag.isPrivate { return Self.privateOrigin(element.vr) }
        if isOutOfPlace(element.tag) { return .descriptor }
        switch VerifiedFate.of(element.tag, profile) {
        case .retained, .unlisted, .time, .title: return nil
        default: return origin(ofListed: element.tag)
        }
    }

    private func origin(ofListed tag: Tag) -> ValueOrigin {
        let vr = StandardTables.vr(of: tag) ?? .UN
        if vr == .PN { return [.identifier, .person] }
        if vr == .DS || vr == .IS { return .measure }
        if ConfidentialityTable.shared.row(for: tag)?.action(under: .cleanDescriptors) == .C { return .descriptor }
        if [.DA, .DT, .TM].contains(vr) {
            return tag.group == 0x0010 ? [.identifier, .date, .person] : [.identifier, .date]
        }
        let isPerson = tag.group == 0x0010 || tag.group == 0x0038 || tag == .accessionNumber || tag == .studyID
        return isPerson ? [.identifier, .person] : .identifier
    }

    /// Nobody knows what a private attribute means, but names, dates and UIDs show by their VR.
    private static func privateOrigin(_ vr: VR) -> ValueOrigin {
        switch vr {
        case .DS, .IS: .measure
        case .PN: [.identifier, .person]
        case .DA, .DT, .TM: [.identifier, .date]
        case .AE, .AS, .UI: .identifier
        default: .descriptor
        }
    }

    // MARK: Values

    private mutating func addWords(_ whole: [UInt8], _ origin: ValueOrigin) {
        for word in VerifiedText.words(whole) where !DescriptorVocabulary.shared.contains(word) { add(word, origin) }
    }

    private mutating func add(_ element: DataElement, _ whole: [UInt8], _ origin: ValueOrigin) {
        let vr = element.vr == .UN ? StandardTables.vr(of: element.tag) ?? .UN : element.vr
        switch vr {
        case .AT, .FD, .FL, .OD, .OF, .OL, .OV, .SL, .SS, .SV, .UL, .US, .UV, .SQ: return
        case .OB, .OW, .UN: takeBinary(whole, origin)
        case .PN:
            add(whole, origin)
            for part in whole.split(whereSeparator: { [0x5C, 0x5E, 0x3D, 0x20, 0x2C].contains($0) }) {
                add(Array(part), origin)
            }
        case .LT, .ST, .UT: add(whole, origin)
        case .TM, .DT:
            for part in whole.split(separator: 0x5C) {
                add(Array(part), origin)
                if let seconds = part.split(separator: 0x2E).first, seconds.count >= 6 { add(Array(seconds), origin) }
                if vr == .DT, part.count > 8 { add(Array(part.prefix(8)), origin) }
            }
        default:
            add(whole, origin)
            for part in whole.split(separator: 0x5C) { add(Self.trimmed(part), origin) }
        }
    }

    /// Bytes of unknown meaning: the whole, if it reads as text; else the runs of text in it.
    private mutating func takeBinary(_ bytes: [UInt8], _ origin: ValueOrigin) {
        // Shorter runs come about by chance.
        let minimumRun = 8
        if Self.readsAsText(bytes) {
            add(bytes, origin)
            for part in bytes.split(whereSeparator: { $0 == 0x5C || $0 == 0x5E }) { add(Self.trimmed(part), origin) }
            return
        }
        for run in bytes.split(whereSeparator: { $0 < 0x20 || $0 == 0x7F }) where run.count >= minimumRun {
            if run.allSatisfy({ $0 < 0x7F }) { add(Self.trimmed(run), origin) }
        }
    }

    /// Printable throughout, and UTF-8 or at least half ASCII: `FF FF FF FF` is a number.
    private static func readsAsText(_ bytes: [UInt8]) -> Bool {
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        return bytes.count { $0 < 0x80 } * 2 >= bytes.count || String(validating: bytes, as: UTF8.self) != nil
    }

    private mutating func add(_ value: [UInt8], _ origin: ValueOrigin) {
        guard value.count >= Self.minimumLength, !StandInValues.isStandIn(value) else { return }
        if let known = patterns[value] {
            patterns[value] = known.union(origin)
        } else if patterns.count < Self.maximumCount {
            patterns[value] = origin
        } else {
            isComplete = false
        }
    }

    static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var slice = bytes
        while let last = slice.last, last == 0 || last == 0x20 { slice = slice.dropLast() }
        while slice.first == 0x20 { slice = slice.dropFirst() }
        return Array(slice)
    }
}

/// The constants that the verifier accepts where a value was replaced. Written down a second time on purpose: a change
/// of the de-identifier's dummies must be made here too, by someone who thought about it.
enum StandInValues {
    static let texts: Set<String> = [
        "REMOVED", "Removed", "urn:removed", "000Y", "19000101", "19000101000000", "000000", "0",
    ]

    static func isStandIn(_ trimmed: [UInt8]) -> Bool {
        trimmed.allSatisfy { $0 == 0 } || texts.contains(String(decoding: trimmed, as: UTF8.self))
    }
}
