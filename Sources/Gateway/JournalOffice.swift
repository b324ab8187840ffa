import Durability
import Foundation
import Journal
import Sealing
import Watching

/// The database and the journal's one writer, opened together: in the supervisor, or in a command that works alone on
/// the locked data directory.
struct JournalOffice: Sendable {
    let store: Store
    let disk: any Disk
    let keeper: JournalKeeper
    let verifyingKey: VerifyingKey

    /// Makes the keys if there are none. Brings the journal up to what the database owes. Throws where a restore was cut
    /// short, and where a decommissioning was begun, unless it is that.
    init(
        directory: DataDirectory, settings: JournalSettings = JournalSettings(), isDecommissioning: Bool = false
    ) throws {
        try RestoreMark.check(directory)
        if !isDecommissioning { try DecommissionMark.check(directory) }
        if !KeyRing.exists(in: directory.keys) { _ = try KeyRing.create(in: directory.keys) }
        try KeyRing.heal(in: directory.keys)
        let disk = RealDisk()
        try Self.settleSuccession(directory, disk)
        let secrets = try KeyRing.load(in: directory.keys, roles: [.supervisor]).secrets(for: .supervisor)
        guard let key = secrets.journalKey else { throw GatewayError.keys("the journal's key is not there") }
        store = try Store(path: directory.database)
        self.disk = disk
        keeper = try JournalKeeper(store: store, directory: directory, disk: disk, key: key, settings: settings)
        verifyingKey = secrets.journalVerifyingKey
        try keeper.flush()
    }

    /// A crash while the journal's key was replaced leaves two; which of them signs, the journal tells.
    private static func settleSuccession(_ directory: DataDirectory, _ disk: any Disk) throws {
        guard let next = try KeyRing.nextJournalKey(in: directory.keys) else { return }
        let ring = try KeyRing.load(in: directory.keys, roles: [.supervisor])
        guard let current = ring.secrets(for: .supervisor).journalKey else { return }
        let inForce = try JournalKeeper.keyInForce(among: [next, current], directory: directory, disk: disk)
        if inForce?.verifyingKey == next.verifyingKey {
            try KeyRing.adoptNextJournalKey(in: directory.keys)
        } else {
            try KeyRing.discardNextJournalKey(in: directory.keys)
        }
    }
}

extension JournalCaretaker {
    convenience init(
        _ office: JournalOffice, _ committer: Committer, _ configuration: GatewayConfiguration, _ log: EventLog
    ) {
        self.init(
            keeper: office.keeper, committer: committer, directory: DataDirectory(configuration.dataDirectory),
            disk: office.disk, settings: configuration.journal, clock: .system, log: log)
    }
}

extension AuditSender {
    /// `nil` if there is no collector.
    convenience init?(_ office: JournalOffice, _ configuration: GatewayConfiguration, _ log: EventLog) {
        guard let peer = configuration.audit.peer else { return nil }
        let keeper = office.keeper
        self.init(
            peer: peer, configuration: configuration, store: office.store,
            directory: DataDirectory(configuration.dataDirectory), checkpoint: { keeper.checkpoint }, clock: .system,
            log: log)
    }
}
