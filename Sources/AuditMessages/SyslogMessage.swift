/// A line to a collector, and its framing.
///
/// Audit messages have facility 10 and severity 5, and the MSGID `DICOM+RFC3881`. Sources: RFC 5424 6; RFC 5425 4.3
/// (octet counting); PS3.15 A.6.
public struct SyslogMessage: Sendable, Hashable {
    /// Milliseconds since 1970-01-01 UTC.
    public var at: Int64
    public var host: String
    public var process: Int32
    public var messageID: String
    public var content: String
    /// Whether a byte order mark says that the content is UTF-8 (RFC 5424 6.4); some collectors stumble over it.
    public var hasByteOrderMark = true

    /// Bytes of one message that every collector of audit messages takes. Source: PS3.15 A.6.
    public static let byteLimit = 32_768

    public init(audit message: AuditMessage, host: String, process: Int32) {
        self.init(
            at: message.at, host: host, process: process, messageID: "DICOM+RFC3881", content: message.xml)
    }

    public init(at: Int64, host: String, process: Int32, messageID: String, content: String) {
        self.at = at
        self.host = host
        self.process = process
        self.messageID = messageID
        self.content = content
    }

    /// The message without framing, as one datagram holds it.
    public var bytes: [UInt8] {
        // (10 × 8) + 5: security/authorization, notice.
        let header =
            "<85>1 \(AuditTime.text(at)) \(Self.name(host, 255)) cxrgate \(process) \(Self.name(messageID, 32)) - "
        return Array(header.utf8) + (hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []) + Array(content.utf8)
    }

    /// The message behind its length in octets, for a stream. Source: RFC 5425 4.3.1.
    public var counted: [UInt8] {
        let bytes = bytes
        return Array("\(bytes.count) ".utf8) + bytes
    }

    /// Printable ASCII without space; `-` for nothing.
    private static func name(_ text: String, _ limit: Int) -> String {
        let kept = text.utf8.filter { (0x21...0x7E).contains($0) }.prefix(limit)
        return kept.isEmpty ? "-" : String(decoding: kept, as: UTF8.self)
    }
}
