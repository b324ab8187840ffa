import Durability
import Foundation
import Watching

/// What may be asked over HTTP.
public enum WatchQuestion: String, Sendable, Hashable, CaseIterable {
    case page = "/"
    case status = "/status.json"
    case metrics = "/metrics"
    case live = "/health/live"
    case ready = "/health/ready"
}

extension WatchOffice {
    func reply(to question: WatchQuestion) -> WatchReply {
        do {
            switch question {
            case .page: return WatchReply(status: 200, mediaType: "text/html; charset=utf-8", body: StatusPage.html)
            case .status: return try Self.json(200, status())
            case .metrics:
                return WatchReply(
                    status: 200, mediaType: PrometheusText.mediaType, body: PrometheusText.write(try families()))
            case .live: return try Self.json(200, .object(["status": .string("live")]))
            case .ready:
                let obstacles = obstacles()
                return try Self.json(
                    obstacles.isEmpty ? 200 : 503,
                    .object([
                        "status": .string(obstacles.isEmpty ? "ready" : "not ready"),
                        "obstacles": .array(obstacles.map { .string($0) }),
                    ]))
            }
        } catch {
            // The error may name a file; who asks learns only that there was one.
            return WatchReply(status: 500, mediaType: "text/plain; charset=utf-8", body: "see the log\n")
        }
    }

    /// Where the page is, for `cxrgate status`.
    func listens(on port: UInt16) throws {
        try store.write { transaction in
            _ = try transaction.execute("INSERT OR REPLACE INTO fact VALUES ('watch port', ?)", .text("\(port)"))
        }
    }

    private static func json(_ status: Int, _ value: JSONValue) throws -> WatchReply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = String(decoding: try encoder.encode(value), as: UTF8.self)
        return WatchReply(status: status, mediaType: "application/json", body: body + "\n")
    }
}
