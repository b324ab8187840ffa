import Foundation
import Watching

/// The log of a process of the gateway: lines on standard error, without anything that identifies a patient.
public enum GatewayLog {
    /// `process` is the supervisor or one of the roles.
    public static func make(process: String) -> EventLog {
        EventLog(
            process: process, isTerminal: isatty(STDERR_FILENO) == 1,
            stamp: { UniversalTime.stamp(GatewayClock.system.milliseconds()) }
        ) { line in
            // A log that cannot be written is lost; nothing else must be.
            _ = unsafe write(STDERR_FILENO, line, line.count)
        }
    }
}
