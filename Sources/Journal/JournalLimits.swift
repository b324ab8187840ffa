/// Every quantity limit of this module, with its reason.
public enum JournalLimits {
    /// Bytes after which a segment is closed: small enough to be copied and kept, large enough that a year has few.
    public static let segmentBytes = 64 << 20
    /// Bytes of a frame's payload. An entry has few facts; more is a mistake, or damage read as a length.
    public static let payloadBytes = 64 << 10
    /// Bytes of one text in an event.
    public static let textBytes = 512
    /// Further facts of an event.
    public static let details = 32
    /// Bytes of the name of such a fact: letters, digits, `_`, `.` and `-` of ASCII.
    public static let keyBytes = 64
    /// Events in one append: bounds the memory of a group commit (payloads of at most 64 KiB, usually 300 bytes).
    public static let eventsPerAppend = 4096
    /// Numbers in JSON are exact below this (RFC 8785 3.2.2.3).
    public static let exactNumber: UInt64 = 1 << 53
    /// Bytes that an export copies at once: bounds its memory.
    public static let copyBytes = 1 << 20
    /// Bytes of an origin; a line of a note that people read.
    public static let originBytes = 128

    /// Whether the name of a fact may hold this byte.
    public static func isKeyByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }
}
