import Durability
import Foundation
import Journal
import Sealing

/// How a command reaches the gateway: through the socket of a running one, or alone on the locked data directory.
public enum Door {
    /// Carries out one request, wherever it can be. `actor` counts only without a daemon; a daemon asks the kernel.
    public static func perform(
        _ request: AdministrationRequest, configuration: GatewayConfiguration
    ) throws -> AdministrationAnswer {
        let directory = DataDirectory(configuration.dataDirectory)
        if let answer = try AdministrationClient.ask(request, socket: directory.socket) { return answer }
        return try alone(configuration) { administration in
            AdministrationAnswer { try administration.perform(request, actor: user()) }
        }
    }

    /// Works on the data directory without a daemon.
    static func alone<Result>(
        _ configuration: GatewayConfiguration, _ body: (Administration) throws -> Result
    ) throws -> Result {
        let directory = DataDirectory(configuration.dataDirectory)
        try directory.create()
        let lock = try DataDirectoryLock(directory)
        let office = try JournalOffice(directory: directory, settings: configuration.journal)
        let keeper = office.keeper
        let committer = Committer(store: office.store, afterCommit: { try keeper.flush() })
        defer {
            committer.stop()
            withExtendedLifetime(lock) {}
        }
        let result = try body(
            Administration(
                store: office.store, committer: committer, directory: directory, configuration: configuration,
                clock: .system, verifyingKey: office.verifyingKey, wake: { _ in }))
        try keeper.trim()
        return result
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
            return try list(configuration)
        }
    }

    /// The keys by name and identifier; never a secret.
    public static func list(_ configuration: GatewayConfiguration) throws -> JSONValue {
        let directory = DataDirectory(configuration.dataDirectory)
        guard exists(in: directory.keys) else {
            throw GatewayError.keys("there are no keys yet; `cxrgate keys init` or `cxrgate serve` makes them")
        }
        let ring = try load(in: directory.keys, roles: [])
        func entry(_ name: String, _ key: P256PublicKey, _ purpose: String) -> JSONValue {
            .object([
                "name": .string(name), "kind": .string("P-256"), "id": .string(hexadecimal(key.keyID)),
                "opens": .string(purpose),
            ])
        }
        return .array([
            entry("analysis", ring.publicKeys.analysis, "de-identified images"),
            entry("patient", ring.publicKeys.patient, "identities"),
            entry("results", ring.publicKeys.results, "analyses"),
            .object([
                "name": .string("journal"), "kind": .string("Ed25519"),
                "id": .string(ring.journalVerifyingKey.hexadecimal), "opens": .string("signs the journal"),
            ]),
        ])
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
