import DICOMCore
import StandardTables

/// What the verifier expects of an attribute: its own reading of profile and table, made without the de-identifier.
enum VerifiedFate {
    /// It may stay byte for byte, because an option or a rule keeps it.
    case retained
    /// The profile has nothing to say about it.
    case unlisted
    /// It is gone.
    case gone
    /// Empty, a stand-in, a UID of ours; or a sequence of such, where `survives`.
    case replaced(survives: Bool)
    /// Each date is one of the original's, moved; or it is replaced.
    case moved
    /// A time beside moved dates.
    case time
    /// Words of the vocabulary; or it is replaced.
    case words
    /// A term of the standard; or it is replaced.
    case term
    /// A title that may stay if it names nobody; or it is replaced.
    case title
    /// A sequence whose items have been cleaned.
    case cleanedItems

    /// For standard attributes of groups 0008 and above.
    static func of(_ tag: Tag, _ profile: DeidentificationProfile) -> VerifiedFate {
        let vr = StandardTables.vr(of: tag) ?? .UN
        switch profile.siteAction(for: tag) {
        case .keep: return .retained
        case .clean: return vr == .CS ? .term : .words
        case .shift: return vr == .TM ? .time : .moved
        case .remove: return .gone
        case .empty, .replace: return .replaced(survives: false)
        case nil: break
        }
        switch profile.action(for: tag) {
        case nil: return unlisted(tag, vr, profile)
        case .K: return .retained
        case .X: return .gone
        case .C: return cleaned(tag, vr)
        case .removeZeroOrUID: return .replaced(survives: true)
        default: return .replaced(survives: false)
        }
    }

    private static func unlisted(_ tag: Tag, _ vr: VR, _ profile: DeidentificationProfile) -> VerifiedFate {
        let isCode = tag == Tag(0x0008, 0x010E) || tag == Tag(0x0008, 0x0120)
        if vr == .PN || vr == .UR && !isCode { return .gone }
        guard [.DA, .DT, .TM].contains(vr) else { return .unlisted }
        if profile.options.contains(.retainLongitudinalFullDates) { return .retained }
        guard profile.options.contains(.retainLongitudinalModifiedDates) else { return .replaced(survives: false) }
        return vr == .TM ? .time : .moved
    }

    private static func cleaned(_ tag: Tag, _ vr: VR) -> VerifiedFate {
        if tag == .timezoneOffsetFromUTC { return .gone }
        return switch vr {
        case .SQ: .cleanedItems
        case .DA, .DT: .moved
        case .TM: .time
        case .CS: .term
        case .LO, .LT, .SH, .ST, .UC, .UT: .words
        case .AE: .title
        default: ConfidentialityTable.shared.row(for: tag)?.basic == .X ? .gone : .replaced(survives: false)
        }
    }

    /// Whether items of such a sequence are treated one by one.
    var hasItems: Bool {
        switch self {
        case .retained, .unlisted, .cleanedItems, .replaced(survives: true): true
        default: false
        }
    }
}

/// Words and dates as the verifier reads them.
enum VerifiedText {
    /// Runs of letters and digits.
    static func words(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var words: [[UInt8]] = [[]]
        for byte in bytes {
            let isWord =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte >= 0x80 || byte == 0x27 || byte == 0x5F
            if isWord {
                words[words.count - 1].append(byte)
            } else if !words[words.count - 1].isEmpty {
                words.append([])
            }
        }
        return words.filter { !$0.isEmpty }
    }

    static func areOrdinary(_ bytes: some Sequence<UInt8>) -> Bool {
        words(bytes).allSatisfy { DescriptorVocabulary.shared.contains($0) }
    }

    /// A date moved one day at a time; `nil` for what is no date. Slow and simple on purpose: it shares no arithmetic
    /// with the de-identifier.
    static func moved(_ text: [UInt8], by days: Int) -> [UInt8]? {
        let digits = text.count == 10 && text[4] == 0x2E ? text.filter { $0 != 0x2E } : Array(text.prefix(8))
        guard digits.count == 8, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        var (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        guard (1...12).contains(month), (1...length(month, year)).contains(day) else { return nil }
        for _ in 0..<abs(days) {
            day += days > 0 ? 1 : -1
            if day > length(month, year) {
                day = 1
                month += 1
                if month > 12 { (month, year) = (1, year + 1) }
            } else if day < 1 {
                month -= 1
                if month < 1 { (month, year) = (12, year - 1) }
                day = length(month, year)
            }
        }
        let text8 = String(year * 10_000 + month * 100 + day)
        return Array((String(repeating: "0", count: max(0, 8 - text8.count)) + text8).utf8)
            + (text.count == 10 && text[4] == 0x2E ? [] : text.dropFirst(8))
    }

    private static func length(_ month: Int, _ year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }
}
