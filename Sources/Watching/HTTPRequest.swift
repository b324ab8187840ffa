/// The head of a request, as far as someone who only answers GET has to know it.
/// Source: RFC 9112, 2 to 5.
public struct HTTPRequest: Sendable, Hashable {
    public let method: String
    /// Without its query.
    public let path: String
    /// What the client thinks whom it asks; `nil` if it does not say, or says it twice.
    public let host: String?

    /// Longest head, in bytes; a browser's is about a quarter of it.
    public static let longestHead = 8192

    /// Whether the head is complete.
    public static func isComplete(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 4 && bytes.indices.dropLast(3).contains { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }

    /// `nil` if this is no request of HTTP/1.
    public init?(_ head: [UInt8]) {
        guard head.count <= Self.longestHead,
            head.allSatisfy({ (0x20...0x7E).contains($0) || [9, 10, 13].contains($0) })
        else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ", omittingEmptySubsequences: false) ?? []
        guard words.count == 3, !words[0].isEmpty, words[1].hasPrefix("/"),
            words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0"
        else { return nil }
        method = String(words[0])
        path = String(words[1].prefix { $0 != "?" })
        let hosts = lines.dropFirst().filter { $0.lowercased().hasPrefix("host:") }
        host = hosts.count == 1 ? hosts.first.map { Self.trimmed($0.dropFirst("host:".count)) } : nil
    }

    /// Whether the client asked for the loopback by one of its own names. A page elsewhere that leads a visitor's browser
    /// here by a name of its own (DNS rebinding) did not.
    public var isForLoopback: Bool {
        guard let host else { return false }
        let name = host.prefix { $0 != ":" }.lowercased()
        return name == "127.0.0.1" || name == "localhost"
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}

/// What is told over HTTP: one answer, then the connection ends.
public struct HTTPResponse: Sendable, Hashable {
    public let status: Int
    public let mediaType: String
    public let body: String

    public init(status: Int, mediaType: String = "text/plain; charset=utf-8", body: String) {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }

    /// Nothing is kept, framed, sniffed or fetched from elsewhere. `isHead`: without the body.
    public func bytes(isHead: Bool = false) -> [UInt8] {
        let content = Array(body.utf8)
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
            + "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        let head = [
            "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Status")", "Content-Type: \(mediaType)",
            "Content-Length: \(content.count)", "Connection: close", "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Content-Security-Policy: \(policy)",
        ]
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (isHead ? [] : content)
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 421: "Misdirected Request",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
