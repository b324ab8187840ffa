import Foundation

/// A part of the path whose duration is measured.
public enum Stage: String, Sendable, Hashable, CaseIterable {
    /// From the first byte of an image to its commit, by source.
    case receive
    /// Clearing, inference, explanation of an image, by model.
    case analyse
    /// Making a secondary capture.
    case capture
    /// Making a report.
    case report
    /// Sealing a released image anew.
    case release
    /// Making a rejection note.
    case withdraw
    /// Sending one result, by destination.
    case deliver
    /// From the arrival of an image to the answer of the destination that has its result, by destination.
    case path
    /// One sync of the journal.
    case journal

    /// What `of` in a metric means for this stage.
    public var subject: String {
        switch self {
        case .receive: "source"
        case .analyse: "model"
        case .deliver, .path: "destination"
        case .capture, .report, .release, .withdraw, .journal: "all"
        }
    }
}

/// Histograms by stage and subject: what a role measures, and what the supervisor adds up.
public struct LatencyBook: Sendable, Hashable {
    public struct Series: Sendable, Hashable, Comparable {
        public let stage: Stage
        /// AE title or model; empty where a stage has no subject.
        public let of: String

        public init(_ stage: Stage, of subject: String = "") {
            self.stage = stage
            of = subject
        }

        public static func < (left: Series, right: Series) -> Bool {
            (left.stage.rawValue, left.of) < (right.stage.rawValue, right.of)
        }
    }

    /// Subjects of one stage that are told apart; the rest counts as ``other``. Bounds what a scrape holds, however many
    /// peers there are.
    public static let mostSubjects = 100
    public static let other = "(other)"

    public private(set) var histograms: [Series: LatencyHistogram] = [:]

    public init() {}

    public var isEmpty: Bool { histograms.isEmpty }

    public mutating func observe(_ series: Series, seconds: Double) {
        histograms[admitted(series), default: LatencyHistogram()].observe(seconds: seconds)
    }

    public mutating func add(_ other: LatencyBook) {
        for (series, histogram) in other.histograms {
            histograms[admitted(series), default: LatencyHistogram()].add(histogram)
        }
    }

    private func admitted(_ series: Series) -> Series {
        if histograms[series] != nil { return series }
        let known = histograms.keys.filter { $0.stage == series.stage }.count
        return known < Self.mostSubjects ? series : Series(series.stage, of: Self.other)
    }
}

// One series is one short line, for the link between a role and its supervisor:
// `STAGE BASE64(subject) MICROSECONDS INDEX:COUNT,…`, counts of zero left out.
extension LatencyBook {
    /// One line for each series; none is longer than 1 KiB.
    public var lines: [String] {
        histograms.sorted { $0.key < $1.key }.map { series, histogram in
            let counts = histogram.counts.enumerated().filter { $0.element > 0 }.map { "\($0.offset):\($0.element)" }
            let subject = Data(series.of.utf8).base64EncodedString()
            return "\(series.stage) =\(subject) \(histogram.microseconds) \(counts.joined(separator: ","))"
        }
    }

    /// Adds what one line says; `false`, and nothing added, if it is not one.
    public mutating func add(line: String) -> Bool {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, let stage = Stage(rawValue: words[0]), words[1].first == "=",
            let subject = Data(base64Encoded: String(words[1].dropFirst())), let sum = UInt64(words[2])
        else { return false }
        var histogram = LatencyHistogram()
        for pair in words[3].split(separator: ",") {
            let numbers = pair.split(separator: ":")
            guard numbers.count == 2, let index = Int(numbers[0]), histogram.counts.indices.contains(index),
                let count = UInt64(numbers[1])
            else { return false }
            histogram.counts[index] = count
        }
        histogram.microseconds = sum
        let series = admitted(Series(stage, of: String(decoding: subject, as: UTF8.self)))
        histograms[series, default: LatencyHistogram()].add(histogram)
        return true
    }
}
