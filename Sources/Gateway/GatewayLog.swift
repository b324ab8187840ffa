import Foundation
import Logging

/// Logging of a process: lines on standard error, without anything that identifies a patient.
public enum GatewayLog {
    /// A logger for one process of the gateway. Call once.
    public static func bootstrap(component: String) -> Logger {
        LoggingSystem.bootstrap { LineLog(label: $0) }
        return Logger(label: component)
    }
}

/// One line for each event: time, level, component, message, facts.
struct LineLog: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let facts = metadata.merging(event.metadata ?? [:]) { $1 }
            .sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line =
            "\(UniversalTime.stamp(GatewayClock.system.milliseconds())) \(event.level) \(label): \(event.message)\(facts)\n"
        // A log that cannot be written is lost; nothing else must be.
        let bytes = Array(line.utf8)
        _ = unsafe write(STDERR_FILENO, bytes, bytes.count)
    }
}
