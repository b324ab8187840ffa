import DICOMCore

/// UIDs of ours: `2.25.` and the decimal of a version 8 UUID that is keyed, and that carries a keyed mark by which
/// we know it again without having kept it.
///
/// 122 bits are free in such a UUID: 90 are the pseudonym, 32 the mark. Two names collide with even odds after
/// 2⁴⁵ UIDs. Source: PS3.5 B.2, RFC 9562 5.8.
enum MarkedUID {
    private static let pseudonymBits: UInt128 = (1 << 90) - 1
    private static let version: UInt128 = 8
    private static let variant: UInt128 = 0b10

    static func make(name: [UInt8], key: SecretBytes, markKey: SecretBytes) throws(SealingError) -> UID {
        let pseudonym = UInt128(bigEndian: try HMACSHA256.tag(name, key: key).prefix(16)) & pseudonymBits
        let mark = try mark(pseudonym, markKey: markKey)
        let free: UInt128 = pseudonym << 32 | mark
        return UID(stringLiteral: "2.25.\(uuid(free))")
    }

    static func isMarked(_ uid: UID, markKey: SecretBytes) throws(SealingError) -> Bool {
        guard uid.value.hasPrefix("2.25."), let number = UInt128(uid.value.dropFirst(5)) else { return false }
        guard (number >> 76) & 0xF == version, (number >> 62) & 0b11 == variant else { return false }
        let high: UInt128 = (number >> 80) << 74
        let middle: UInt128 = ((number >> 64) & 0xFFF) << 62
        let low: UInt128 = number & ((1 << 62) - 1)
        let free = high | middle | low
        let found = free & 0xFFFF_FFFF
        return try found == mark(free >> 32, markKey: markKey)
    }

    private static func mark(_ pseudonym: UInt128, markKey: SecretBytes) throws(SealingError) -> UInt128 {
        UInt128(bigEndian: try HMACSHA256.tag(pseudonym.bigEndianBytes, key: markKey).prefix(4))
    }

    /// Spreads 122 bits around version and variant.
    private static func uuid(_ free: UInt128) -> UInt128 {
        let high: UInt128 = (free >> 74) << 80
        let middle: UInt128 = ((free >> 62) & 0xFFF) << 64
        let low: UInt128 = free & ((1 << 62) - 1)
        return high | version << 76 | middle | variant << 62 | low
    }
}
