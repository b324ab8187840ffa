import Foundation
import Synchronization

/// The log of one process: takes events of the catalogue, and writes those that are wanted.
///
/// `log(.jobFailed, LogFact("job", RandomID(job.id)))`. The time, the process and the level come along by themselves.
public final class EventLog: Sendable {
    /// How a line looks.
    public enum Format: String, Sendable, Hashable, CaseIterable, Codable {
        /// `text` on a terminal, `json` elsewhere.
        case auto
        case text, json
    }

    private struct State {
        var format: Format
        var levels: [LogComponent: LogLevel] = [:]
        var usual = LogLevel.info
    }

    /// Which process speaks: supervisor, reception, …
    public let process: String
    private let stamp: @Sendable () -> String
    private let isTerminal: Bool
    private let write: @Sendable ([UInt8]) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - stamp: the time as it stands in a line.
    ///   - isTerminal: whether a person reads along.
    ///   - write: takes one whole line with its end.
    public init(
        process: String, format: Format = .auto, isTerminal: Bool, stamp: @escaping @Sendable () -> String,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.process = process
        self.isTerminal = isTerminal
        self.stamp = stamp
        self.write = write
        state = Mutex(State(format: format))
    }

    /// One that nobody reads.
    public static let silent = EventLog(process: "", isTerminal: false, stamp: { "" }, write: { _ in })

    public func callAsFunction(_ event: LogEvent, _ facts: LogFact...) {
        let entry = event.entry
        guard let format = state.withLock({ wanted($0, entry) }) else { return }
        let line = LogLine(stamp: stamp(), process: process, event: event, facts: facts)
        let isText = format == .text || (format == .auto && isTerminal)
        write(Array((isText ? line.text : line.json).utf8) + [UInt8(ascii: "\n")])
    }

    public func set(_ format: Format, usual: LogLevel) {
        state.withLock {
            $0.format = format
            $0.usual = usual
        }
    }

    /// From now on events of the component are written from this level on; `nil`: as usual.
    public func set(_ component: LogComponent, _ level: LogLevel?) {
        state.withLock { $0.levels[component] = level }
    }

    public func level(of component: LogComponent) -> LogLevel {
        state.withLock { $0.levels[component] ?? $0.usual }
    }

    private func wanted(_ state: State, _ entry: LogEntry) -> Format? {
        entry.level >= (state.levels[entry.component] ?? state.usual) ? state.format : nil
    }
}
