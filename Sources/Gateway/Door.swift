import Durability
import Foundation
import Journal
import Sealing

/// How a command reaches the gateway: through the socket of a running one, or alone on the locked data directory.
public enum Door {
    /// Carries out one request, wherever it can be. `actor` counts only without a daemon; a daemon asks the kernel.
    public static func perform(
        _ request: AdministrationRequest, configuration: GatewayConfiguration, sources: ConfigurationSources? = nil
    ) throws -> AdministrationAnswer {
        if let answer = try AdministrationClient.ask(request, socket: configuration.socketPath) { return answer }
        return try alone(configuration, sources: sources) { administration in
            AdministrationAnswer { try administration.perform(request, by: .current()) }
        }
    }

    /// Carries out requests that belong together, all in one place.
    static func session<Result>(
        _ configuration: GatewayConfiguration, _ body: ((AdministrationRequest) throws -> JSONValue) throws -> Result
    ) throws -> Result {
        if let connection = UnixSocket.connect(configuration.socketPath) {
            close(connection)
            return try body { request in
                guard let answer = try AdministrationClient.ask(request, socket: configuration.socketPath) else {
                    throw GatewayError.notRunning
                }
                return try answer.get()
            }
        }
        return try alone(configuration) { administration in
            try body { try administration.perform($0, by: .current()) }
        }
    }

    /// Works on the data directory without a daemon.
    static func alone<Result>(
        _ configuration: GatewayConfiguration, sources: ConfigurationSources? = nil,
        isDecommissioning: Bool = false, _ body: (Administration) throws -> Result
    ) throws -> Result {
        let directory = DataDirectory(configuration.dataDirectory)
        try refuseForeign(directory)
        try directory.create()
        let lock = try DataDirectoryLock(directory)
        let office = try JournalOffice(
            directory: directory, settings: configuration.journal, isDecommissioning: isDecommissioning)
        let keeper = office.keeper
        let committer = Committer(store: office.store, afterCommit: { try keeper.flush() })
        defer {
            committer.stop()
            withExtendedLifetime(lock) {}
        }
        let configurationOffice = try sources.map { sources in
            let reading = try sources.reading(in: directory).reading
            return ConfigurationOffice(
                sources: sources, running: reading, directory: directory, store: office.store, committer: committer,
                clock: .system)
        }
        let administration = Administration(
            store: office.store, committer: committer, directory: directory, configuration: configuration,
            clock: .system, verifyingKey: office.verifyingKey,
            keyOffice: KeyOffice(
                directory: directory, store: office.store, committer: committer, clock: .system,
                introduce: { key, event in try keeper.introduce(key, event) }),
            configurationOffice: configurationOffice, wake: { _ in })
        try administration.keyOffice.recover()
        // Studies that a decommissioning has ended have one certificate together.
        if !isDecommissioning { try administration.shredder.recover() }
        let result = try body(administration)
        try keeper.trim()
        return result
    }

    /// What root made in the data directory of another user, the gateway could not open any more.
    private static func refuseForeign(_ directory: DataDirectory) throws(GatewayError) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(directory.path, &status) == 0, status.st_uid != 0 else { return }
        let owner = UnixSocket.name(ofUser: status.st_uid)
        throw .refused(
            "no gateway runs, and the data directory is \(owner)'s; as that user: runuser -u \(owner) -- cxrgate …")
    }

    /// The operating system user of this process.
    public static func user() -> String { UnixSocket.name(ofUser: geteuid()) }
}

extension KeyRing {
    /// Makes the keys of an installation that has none, and notes it in the journal.
    public static func initialize(_ configuration: GatewayConfiguration) throws -> JSONValue {
        let directory = DataDirectory(configuration.dataDirectory)
        try directory.create()
        guard !exists(in: directory.keys) else {
            throw GatewayError.keys("the keys are there already; they are never overwritten")
        }
        _ = try create(in: directory.keys)
        return try Door.alone(configuration) { administration in
            try administration.note(
                administration.event(.keyChange, actor: Door.user(), details: ["change": "keys init"]))
            return try administration.listKeys(actor: Door.user())
        }
    }

    /// The keys by name, age and use; never a secret.
    public static func list(_ configuration: GatewayConfiguration) throws -> JSONValue {
        let request = AdministrationRequest("keys list")
        if let answer = try AdministrationClient.ask(request, socket: configuration.socketPath) {
            return try answer.get()
        }
        let directory = DataDirectory(configuration.dataDirectory)
        guard exists(in: directory.keys) else {
            throw GatewayError.keys("there are no keys yet; `cxrgate keys init` or `cxrgate serve` makes them")
        }
        return try Door.perform(request, configuration: configuration).get()
    }
}
