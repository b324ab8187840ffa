import DICOMCore

/// How many days the dates of a patient are moved: keyed, so that nobody without the key can move them back; the same
/// for all studies of a patient, so that intervals stay true.
///
/// Source: PS3.15 E.3.6 (Retain Longitudinal Temporal Information With Modified Dates Option).
public struct DateShift: Sendable {
    /// Ten years: beyond that the age of devices and protocols makes no sense any more.
    public static let longestDays = 3650

    /// Shifts are 1 to this many days, back or forth.
    public let maximumDays: Int
    private let keyed: @Sendable ([UInt8]) -> UInt64

    /// `maximumDays` is brought within 1…3650. `keyed` is a keyed hash of which every bit counts.
    public init(maximumDays: Int, keyed: @escaping @Sendable ([UInt8]) -> UInt64) {
        self.maximumDays = min(max(maximumDays, 1), Self.longestDays)
        self.keyed = keyed
    }

    /// The shift of the patient whom a header names; never 0.
    public func days(for header: DataSet) -> Int {
        let number = Int(keyed(Self.subject(header)) % UInt64(2 * maximumDays))
        return number < maximumDays ? number - maximumDays : number - maximumDays + 1
    }

    /// Patient ID; failing that name and birth date; failing that the study, which then stands alone. The issuer is
    /// left out: the same patient may come with it and without.
    private static func subject(_ header: DataSet) -> [UInt8] {
        func value(_ tag: Tag) -> [UInt8] {
            var slice = (header[tag]?.bytes ?? [])[...]
            while let last = slice.last, last == 0 || last == 0x20 { slice = slice.dropLast() }
            while slice.first == 0x20 { slice = slice.dropFirst() }
            return Array(slice)
        }
        let id = value(.patientID)
        if !id.isEmpty { return Array("id:".utf8) + id }
        let name = value(.patientName).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if !name.isEmpty { return Array("name:".utf8) + name + [0] + value(.patientBirthDate) }
        return Array("study:".utf8) + value(.studyInstanceUID)
    }
}

/// Moves dates (DA, and the date in DT) by whole days. Times are left alone.
enum ShiftedDates {
    /// The value with each of its dates moved, padded; `nil` if one of them is no whole date, or no time.
    static func value(_ bytes: [UInt8], _ vr: VR, days: Int) -> [UInt8]? {
        var output: [UInt8] = []
        for (index, part) in bytes.split(separator: 0x5C, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { output.append(0x5C) }
            var text = part
            while let last = text.last, last == 0 || last == 0x20 { text = text.dropLast() }
            while text.first == 0x20 { text = text.dropFirst() }
            if text.isEmpty { continue }
            guard let moved = moved(Array(text), vr, days) else { return nil }
            output += moved
        }
        if output.count & 1 == 1 { output.append(vr.paddingByte) }
        return output
    }

    private static func moved(_ text: [UInt8], _ vr: VR, _ days: Int) -> [UInt8]? {
        if vr == .TM { return text.count <= 16 && isClock(text[...]) ? text : nil }
        // 1999.12.31: ACR-NEMA (PS3.5 6.2, VR DA, note).
        let isOld = vr == .DA && text.count == 10 && text[4] == 0x2E && text[7] == 0x2E
        let digits = isOld ? text.filter { $0 != 0x2E } : Array(text.prefix(8))
        let rest = isOld ? [] : text.dropFirst(8)
        guard digits.count == 8, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard vr == .DA ? rest.isEmpty : rest.count <= 18 && isClock(rest) else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard let date = CivilDate(year: number / 10_000, month: number / 100 % 100, day: number % 100) else {
            return nil
        }
        return date.adding(days: days).map { Array($0.digits.utf8) + rest }
    }

    /// Digits, a point, colons of old, the sign of a zone.
    private static func isClock(_ text: ArraySlice<UInt8>) -> Bool {
        text.allSatisfy { (0x30...0x39).contains($0) || [0x2E, 0x3A, 0x2B, 0x2D].contains($0) }
    }
}

/// A day of the Gregorian calendar, 1583 to 9999.
struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    init?(year: Int, month: Int, day: Int) {
        guard (1583...9999).contains(year), (1...12).contains(month) else { return nil }
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        guard (1...length).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// By day numbers that count from 1 March of a year 0.
    func adding(days: Int) -> CivilDate? {
        let shiftedYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let number = 365 * shiftedYear + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400 + dayOfYear + days
        guard number > 365 else { return nil }
        let era = number / 146_097
        let dayOfEra = number % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let rest = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * rest + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return CivilDate(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month: month,
            day: rest - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// YYYYMMDD
    var digits: String {
        let number = String(year * 10_000 + month * 100 + day)
        return String(repeating: "0", count: 8 - number.count) + number
    }
}
