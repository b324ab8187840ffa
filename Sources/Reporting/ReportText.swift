import DICOMCore

/// Text of our own inside a result. The source's Specific Character Set rules the whole object, and all of them agree
/// only on ASCII without backslash and tilde (JIS X 0201 has a yen sign and an overline there), so that is all we write.
///
/// Source: PS3.5 6.1.2, PS3.3 C.12.1.1.2.
struct ReportText: Hashable, Sendable {
    let value: String

    /// Throws for other characters, and for more than `limit` of them (64 is LO; 1024 ST; 10240 LT).
    init(_ value: String, limit: Int = 64) throws(ReportingError) {
        guard value.utf8.allSatisfy({ (0x20...0x7D).contains($0) && $0 != 0x5C }) else {
            throw .textOutsideBasicRepertoire
        }
        guard value.utf8.count <= limit else { throw .textTooLong(limit: limit) }
        self.value = value
    }

    /// A part of 1 as a decimal number of percent with one digit, e.g. `87.3`.
    static func percent(_ part: Double) -> String { decimal(part * 100, digits: 1) }

    /// A number of 0…10⁶ with a fixed number of digits, rounded half up; no locale can change it.
    static func decimal(_ value: Double, digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let rounded = Int((min(max(value, 0), 1_000_000) * Double(scale)).rounded())
        guard digits > 0 else { return "\(rounded)" }
        let fraction = String(rounded % scale)
        return "\(rounded / scale)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
    }
}
