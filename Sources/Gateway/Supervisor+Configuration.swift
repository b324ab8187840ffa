import Foundation
import Sealing

extension RoleProcess {
    /// Hands the process another configuration, as a file that only it can read.
    func configure(_ number: UInt64, _ configuration: GatewayConfiguration) throws {
        let (reading, writing) = try UnixPipe.make()
        let file = OpenKeyFile(name: "configuration", descriptor: reading)
        do {
            defer { close(writing) }
            try RoleBriefing(configuration: configuration).write(to: writing)
        }
        try link.send(.configure(number), with: [file])
    }
}

extension Supervisor {
    /// Seconds that a role gets to take another configuration.
    private static let configurationPatienceSeconds = 10.0

    func configurationOffice() -> ConfigurationOffice {
        let probe = ReachProbe(store: store)
        return ConfigurationOffice(
            sources: sources, running: reading, directory: directory, store: store, committer: committer, clock: clock,
            distribute: { [self] configuration in try distribute(configuration) },
            probe: { configuration in probe.answers(configuration) })
    }

    /// Hands a configuration to every running role, and to those that start from now on. Reception first: it alone may
    /// refuse it, when a port cannot be had.
    private func distribute(_ configuration: GatewayConfiguration) throws {
        try settings.change(to: configuration)
        for role in Self.roles {
            guard let process = state.withLock({ $0.processes[role] }) else { continue }
            let isAlive = { [self] in state.withLock { $0.processes[role]?.pid } == process.pid }
            let answer = try configurationAnswers.ask(
                patienceSeconds: Self.configurationPatienceSeconds, while: isAlive
            ) { number in
                try process.configure(number, configuration)
            }
            // One that has died meanwhile has a successor, which starts with the configuration of that moment.
            guard isAlive() else { continue }
            guard let answer else { throw GatewayError.system("a role does not take its configuration", ETIMEDOUT) }
            if let failure = answer { throw GatewayError.refused(failure) }
        }
        let port = configuration.port
        guard port != 0 else { return }
        _ = try store.write { transaction in
            try transaction.execute("INSERT OR REPLACE INTO fact VALUES ('port', ?)", .text("\(port)"))
        }
    }
}
