import Reporting

/// Times as people and logs read them, in UTC.
enum UniversalTime {
    /// `2026-01-02 10:20 UTC`.
    static func readable(_ milliseconds: Int64) -> String {
        let time = ReportTime(secondsSince1970: Int(milliseconds / 1000), offsetMinutes: 0)
        return "\(day(time)) \(time.time.prefix(2)):\(time.time.dropFirst(2).prefix(2)) UTC"
    }

    /// `2026-01-02T10:20:30.123Z`.
    static func stamp(_ milliseconds: Int64) -> String {
        let time = ReportTime(secondsSince1970: Int(milliseconds / 1000), offsetMinutes: 0)
        let (hours, minutes, seconds) = (
            time.time.prefix(2), time.time.dropFirst(2).prefix(2), time.time.dropFirst(4).prefix(2)
        )
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return "\(day(time))T\(hours):\(minutes):\(seconds).\(fraction)Z"
    }

    private static func day(_ time: ReportTime) -> String {
        "\(time.date.prefix(4))-\(time.date.dropFirst(4).prefix(2))-\(time.date.suffix(2))"
    }
}
