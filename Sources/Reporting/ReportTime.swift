/// A moment as DICOM writes it: a date and a time of day, in the zone of the object that they stand in.
///
/// Source: PS3.5 6.2 (DA, TM, DT), PS3.3 C.12.1.1.8 (Timezone Offset From UTC rules every DA and TM of an object).
public struct ReportTime: Hashable, Sendable {
    /// `YYYYMMDD`.
    public let date: String
    /// `HHMMSS`.
    public let time: String

    /// Takes both as they lie in an object. Throws unless they are eight and six digits of a possible moment.
    public init(date: String, time: String) throws(ReportingError) {
        let digits = (Array(date.utf8) + Array(time.utf8)).map { Int($0) - 48 }
        guard date.utf8.count == 8, time.utf8.count == 6, digits.allSatisfy({ (0...9).contains($0) }),
            (1...12).contains(digits[4] * 10 + digits[5]), (1...31).contains(digits[6] * 10 + digits[7]),
            digits[8] * 10 + digits[9] < 24, digits[10] < 6, digits[12] < 6
        else { throw .malformedTime }
        self.date = date
        self.time = time
    }

    /// The moment `secondsSince1970` (UTC, leap seconds not counted) in a zone `offsetMinutes` east of Greenwich.
    public init(secondsSince1970: Int, offsetMinutes: Int) {
        let local = secondsSince1970 + offsetMinutes * 60
        let day = Int((Double(local) / 86400).rounded(.down))
        let second = local - day * 86400
        // Days since 1 March of year 0, because then the leap day is the last of its year.
        let shifted = day + 719_468
        let era = Int((Double(shifted) / 146_097).rounded(.down))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let yearText = String(year)
        date =
            String(repeating: "0", count: max(0, 4 - yearText.utf8.count)) + yearText + two(month)
            + two(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        time = two(second / 3600) + two(second / 60 % 60) + two(second % 60)
    }

    /// `YYYY-MM-DD HH:MM:SS`, for people.
    public var readable: String {
        let (d, t) = (Array(date), Array(time))
        return "\(String(d[0..<4]))-\(String(d[4..<6]))-\(String(d[6..<8])) "
            + "\(String(t[0..<2])):\(String(t[2..<4])):\(String(t[4..<6]))"
    }
}
