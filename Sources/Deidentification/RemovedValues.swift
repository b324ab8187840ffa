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
    /// Trimmed whole values of removed or replaced attributes, by tag, short ones included.
    private(set) var byTag: [Tag: Set<[UInt8]>] = [:]
    private(set) var isComplete = true

    private let profile: DeidentificationProfile

    init(_ original: DataSet, _ profile: DeidentificationProfile) {
        self.profile = profile
        // What surrounds an element: nothing, or a sequence that does not survive.
        var work: [(elements: ArraySlice<DataElement>, inherited: ValueOrigin?)] = [(original.elements[...], nil)]
        while var top = work.popLast() {
            guard let element = top.elements.popFirst() else { continue }
            work.append(top)
            let origin = origin(of: element) ?? top.inherited
            if case .items(let items) = element.value {
                let inherited = Self.isSurvivingSequence(element.tag, profile) ? top.inherited : origin
                for item in items { work.append((item.elements[...], inherited)) }
            } else if let origin {
                take(element, origin)
            }
        }
    }

    /// A sequence that the profile may leave in place, its items treated one by one.
    private static func isSurvivingSequence(_ tag: Tag, _ profile: DeidentificationProfile) -> Bool {
        if tag.isPrivate { return false }
        switch profile.action(for: tag) {
        case nil, .K, .removeZeroOrUID: return true
        default: return false
        }
    }

    /// `nil`: the profile keeps it.
    private func origin(of element: DataElement) -> ValueOrigin? {
        let tag = element.tag
        if tag.isPrivate { return Self.privateOrigin(element.vr) }
        guard let row = ConfidentialityTable.shared.row(for: tag) else {
            let vr = StandardTables.vr(of: tag)
            if tag.group < 0x0008 || tag.group & 0xFF00 == 0x5000 || tag.group & 0xFF00 == 0x6000 { return .descriptor }
            if vr == nil { return tag.element == 0 ? nil : .identifier }
            let isDate = vr == .DA || vr == .DT || vr == .TM
            return isDate && !profile.options.contains(.retainLongitudinalFullDates) ? .identifier : nil
        }
        if profile.action(for: tag) == .K { return nil }
        if isNumber(StandardTables.vr(of: tag) ?? element.vr) { return .measure }
        return row.action(under: .cleanDescriptors) == .C ? .descriptor : .identifier
    }

    private func isNumber(_ vr: VR) -> Bool { vr == .DS || vr == .IS }

    /// Nobody knows what a private attribute means, but names, dates and UIDs show by their VR.
    private static func privateOrigin(_ vr: VR) -> ValueOrigin {
        switch vr {
        case .DS, .IS: .measure
        case .AE, .AS, .DA, .DT, .PN, .TM, .UI: .identifier
        default: .descriptor
        }
    }

    // MARK: Values

    private mutating func take(_ element: DataElement, _ origin: ValueOrigin) {
        let vr = element.vr == .UN ? StandardTables.vr(of: element.tag) ?? .UN : element.vr
        let whole = Self.trimmed(element.bytes[...])
        if whole.isEmpty { return }
        byTag[element.tag, default: []].insert(whole)
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
