import DICOMCore

/// Whether a value has the form that its representation demands; for those whose form can be told without a character
/// set.
///
/// Source: PS3.5 6.2.
enum ValueForm {
    /// True for well-formed values, for empty ones, and for representations that are not looked at.
    static func isAcceptable(_ bytes: [UInt8], _ vr: VR) -> Bool {
        let values = bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
        return values.allSatisfy { value in
            var trimmed = value
            while trimmed.last == 0x20 { trimmed.removeLast() }
            return trimmed.isEmpty || isWellFormed(Array(trimmed), vr)
        }
    }

    private static func isWellFormed(_ value: [UInt8], _ vr: VR) -> Bool {
        switch vr {
        case .AS:
            value.count == 4 && value[0..<3].allSatisfy(isDigit) && Array("DWMY".utf8).contains(value[3])
        case .DA:
            value.count == 8 && value.allSatisfy(isDigit) && (1...12).contains(number(value[4..<6]))
                && (1...31).contains(number(value[6..<8]))
        case .TM: value.count <= 14 && value.count >= 2 && value.allSatisfy { isDigit($0) || $0 == 0x2E }
        case .DS: value.count <= 16 && Double(String(decoding: value.drop { $0 == 0x20 }, as: UTF8.self)) != nil
        case .CS:
            value.count <= 16
                && value.allSatisfy { isDigit($0) || (0x41...0x5A).contains($0) || $0 == 0x20 || $0 == 0x5F }
        default: true
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int { digits.reduce(0) { $0 * 10 + Int($1) - 48 } }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
