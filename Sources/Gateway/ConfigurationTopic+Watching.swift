/// What is watched, and who may look.
public struct WatchSettings: Sendable, Codable, Hashable {
    /// TCP port of the loopback for health, metrics and the status page; `nil` for none, 0 for a free one.
    public var port: UInt16?
    /// By how much the clock may be wrong, by the kernel's own estimate, before it is an alarm, in seconds; 0: never.
    public var clockSeconds = 5.0

    public init() {}
}

extension ConfigurationTopic {
    static let watch = ConfigurationTopic(
        [
            .whole(
                "watch.port", \.watch.port, 0...65535, .restart,
                """
                TCP port for /health/live, /health/ready, /metrics (Prometheus) and the status page; 0 takes a free one. Left \
                out: there is none. On the loopback alone: whoever wants it from elsewhere puts a proxy with client \
                certificates before it (Conformance/Watching.md).
                """
            ).example("9475"),
            .number(
                "watch.clock_seconds", \.watch.clockSeconds, 0...3600, unit: "seconds", .restart,
                """
                By how much the clock may be off, by the kernel's own reckoning, before it is an alarm; 0: never.
                """),
            .choice(
                "logs.format", \.logFormat, .restart,
                """
                A line for each event, on standard error: text, json, or auto (text on a terminal, json elsewhere). What is \
                logged: Conformance/LogEvents.md.
                """),
            .choice(
                "logs.level", \.logLevel, .restart,
                """
                From which level on events are logged. `cxrgate logs level` changes it for one component of the running \
                gateway.
                """),
        ])
}
