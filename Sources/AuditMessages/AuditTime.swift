/// Time as audit messages and syslog write it: UTC, milliseconds, `2026-01-02T10:20:30.123Z`.
/// Source: RFC 3339 5.6, RFC 5424 6.2.3.
public enum AuditTime {
    /// From milliseconds since 1970-01-01 UTC.
    public static func text(_ milliseconds: Int64) -> String {
        let second = milliseconds.floorDivided(by: 1000)
        let day = second.floorDivided(by: 86_400)
        let (year, month, dayOfMonth) = civil(day)
        let inDay = second - day * 86_400
        func digits(_ value: Int64, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(dayOfMonth, 2))T\(digits(inDay / 3600, 2)):"
            + "\(digits(inDay / 60 % 60, 2)):\(digits(inDay % 60, 2)).\(digits(milliseconds - second * 1000, 3))Z"
    }

    /// Days since 1970-01-01 as a date of the Gregorian calendar, counted in eras of 400 years that begin in March.
    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, day)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
