import Durability
import Foundation
import Performance

// How the models fare, and the files that say it image by image.

extension Administration {
    private static let percentiles = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]

    /// Volume, latencies, scores and errors of each version, since a time in milliseconds (0: ever).
    func modelPerformance(_ request: AdministrationRequest) throws -> JSONValue {
        let since = Int64(request.arguments["since"] ?? "0") ?? 0
        let summaries = try store.read { transaction in
            try PerformanceBook.summaries(model: request.arguments["model"], since: since, in: transaction)
        }
        return .array(summaries.map(Self.described))
    }

    private static func described(_ summary: PerformanceSummary) -> JSONValue {
        let latencies = summary.latencies.mapValues { counts in
            JSONValue.object(
                Dictionary(
                    uniqueKeysWithValues: percentiles.map { name, part in
                        (name, LatencyScale.percentile(part, of: counts).map { .number($0) } ?? .null)
                    }))
        }
        let sources = summary.sources.sorted { $0.key < $1.key }.map { name, source in
            JSONValue.object([
                "source": .string(name), "images": .number(source.images), "analysed": .number(source.analysed),
                "failed": .number(source.failed), "outcomes": .object(source.outcomes.mapValues { .number($0) }),
                "errorShare": source.images > 0 ? .number(Double(source.failed) / Double(source.images)) : .null,
                "present": .number(source.presences["present"] ?? 0),
                "undetermined": .number(source.presences["undetermined"] ?? 0),
            ])
        }
        return .object([
            "model": .string(summary.model), "images": .number(summary.images),
            "analysed": .number(summary.analysed), "positiveShare": summary.positiveShare.map { .number($0) } ?? .null,
            "milliseconds": .object(latencies), "scores": .array(summary.scores.map { .number($0) }),
            "sources": .array(sources),
        ])
    }

    /// The files of the performance log, and their limits.
    func logStatistics() throws -> JSONValue {
        let entries = try logCleaning.entries()
        let limits = configuration.performanceLog
        return .object([
            "files": .array(entries.map(Self.described)), "bytes": .number(entries.reduce(0) { $0 + $1.bytes }),
            "oldest": .optional(entries.compactMap(\.firstAt).min()),
            "newest": .optional(entries.compactMap(\.lastAt).max()),
            "limits": .object([
                "fileMB": .number(Double(limits.fileBytes) / 1_048_576), "filesPerModel": .number(limits.files),
                "days": .number(limits.days),
            ]),
        ])
    }

    /// Removes what is beyond the limits; with `dryRun` only says what it would.
    func cleanLogs(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let isDry = request.arguments["dryRun"] != nil
        let now = clock.milliseconds()
        let entries = isDry ? try logCleaning.excess(at: now) : try logCleaning.clean(at: now)
        if !entries.isEmpty, !isDry {
            let details = ["what": "performance log", "files": "\(entries.count)"]
            try note(event(.delete, actor: actor, details: details))
        }
        return .object([
            "files": .array(entries.map(Self.described)), "bytes": .number(entries.reduce(0) { $0 + $1.bytes }),
            "dryRun": .bool(isDry),
        ])
    }

    private var logCleaning: PerformanceLogCleaning {
        PerformanceLogCleaning(folder: directory.logs, limits: configuration.performanceLog, disk: RealDisk())
    }

    private static func described(_ entry: PerformanceLogCleaning.Entry) -> JSONValue {
        .object([
            "file": .string(entry.file.name), "bytes": .number(entry.bytes), "first": .optional(entry.firstAt),
            "last": .optional(entry.lastAt),
        ])
    }
}
