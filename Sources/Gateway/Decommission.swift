import Durability
import Foundation
import Journal
import Sealing
import WorkQueue

/// The end of an installation, second step: the journal is closed and exported, and every key is destroyed.
///
/// Works on the locked data directory of a gateway that is stopped. Whatever cuts it short, the same command goes on:
/// 1. the mark says that it has begun; from here on nothing else works here;
/// 2. every study loses its keys and what was sealed inside rows, each with its journal entry;
/// 3. the last entry of the journal; the journal is verified, exported with its last checkpoint, and that is brought to
///    the anchors;
/// 4. the certificate is signed, under a name that is not yet its own;
/// 5. the mark says that the keys go; they are overwritten and removed, then the sealed files and the database;
/// 6. the certificate gets its name, here and beside the exported journal.
public struct Decommission {
    /// What the one who confirms says.
    public struct Confirmation: Sendable {
        public let action: String
        /// Must be the AE title: one who has the wrong installation before them has the wrong word.
        public let word: String
        /// An empty or new folder outside of the data directory.
        public let exportFolder: String
        /// Although not everything has come to its end; wants a reason.
        public let isForced: Bool
        public let reason: String?

        public init(action: String, word: String, exportFolder: String, isForced: Bool, reason: String?) {
            self.action = action
            self.word = word
            self.exportFolder = exportFolder
            self.isForced = isForced
            self.reason = reason
        }
    }

    /// What the certificate cannot promise.
    static let limits = [
        "backups and snapshots of keys and database that were made before, with an escrow or a copy of the keys, open "
            + "what they hold",
        "an escrow of the keys opens every backup that was made under it; destroy both",
        "keys that the service manager or a token brings are destroyed there, not here",
        "results that were sent to a PACS, and originals there and at the modality, are not touched",
        "a drive may keep earlier content of a block where no program reaches it (wear levelling, snapshots)",
        "reasons that people gave stand in the journal sealed under a key that is destroyed; nobody reads them again",
    ]

    private static let certificate = "decommission.json"
    private static let signature = "decommission.sig"
    private static let pending = ".new"
    /// What the export and this write into the folder that it is for.
    private static let exported = ["journal", "checkpoint.note", "journal.pub", certificate, signature]
    /// Folders of the data directory that go. The journal, the public key and certificates of shredded studies stay.
    private static let folders = ["instances", "outbox", "logs", "models"]

    private let configuration: GatewayConfiguration
    private let directory: DataDirectory
    private let disk: any Disk

    public init(_ configuration: GatewayConfiguration, disk: any Disk = RealDisk()) {
        self.configuration = configuration
        self.disk = disk
        directory = DataDirectory(configuration.dataDirectory)
    }

    /// Carries it out. Throws `refused` while the gateway runs, without two persons' agreement, under a legal hold, or
    /// while something is open and it is not forced. Returns the certificate.
    public func confirm(_ wish: Confirmation) throws -> JSONValue {
        try configuration.access.check(Administration.decommissionVerb, by: .current())
        guard wish.word == configuration.aeTitle else {
            throw GatewayError.badRequest("--word is the AE title of the gateway that shall end")
        }
        let target = URL(fileURLWithPath: wish.exportFolder).standardizedFileURL.path
        guard !target.hasPrefix(URL(fileURLWithPath: directory.path).standardizedFileURL.path + "/") else {
            throw GatewayError.badRequest("--export names a folder outside of the data directory")
        }
        let mark = try DecommissionMark.read(directory, disk: disk)
        if mark?.phase == .done { try DecommissionMark.check(directory) }
        if let mark, mark.action != wish.action {
            throw GatewayError.refused("another decommissioning was begun; confirm that one")
        }
        if let mark, mark.phase == .keys {
            // The certificate belongs beside the journal that it names.
            guard mark.export ?? target == target else {
                throw GatewayError.badRequest("the journal was exported already; name the same folder by --export")
            }
        } else {
            do {
                try Door.alone(configuration, isDecommissioning: true) { administration in
                    try close(administration, wish, mark: mark, target: target)
                }
            } catch DurabilityError.locked {
                throw GatewayError.refused(
                    "the gateway works on this data directory: `cxrgate drain`, stop it, and then confirm")
            }
        }
        return try destroyKeys(target: target)
    }

    /// Steps 1 to 4, as long as there is a journal to write.
    private func close(
        _ administration: Administration, _ wish: Confirmation, mark: DecommissionMark?, target: String
    ) throws {
        let actor = Caller.current().name
        let open: Int
        var current: DecommissionMark
        if let mark {
            (current, open) = (mark, 0)
        } else {
            let (requestedBy, approvedBy) = try administration.agreedDecommission(wish.action)
            open = try mayBegin(administration, wish)
            current = DecommissionMark(
                phase: .studies, action: wish.action, requestedBy: requestedBy, approvedBy: approvedBy,
                confirmedBy: actor)
            var details = [
                "change": "decommission begun", "requestedBy": requestedBy, "approvedBy": approvedBy, "open": "\(open)",
            ]
            details["reason"] = try wish.reason.map { try JournalReason(directory).sealed($0) }
            try administration.note(
                administration.event(.keyChange, actor: actor, subject: wish.action, details: details))
            // A contradiction between journal and anchors must be looked at before anything is destroyed.
            try anchor(administration, isForced: wish.isForced)
            try current.write(directory, disk: disk)
        }
        let studies = try endStudies(administration, current)
        try administration.shredder.emptyLog()
        try administration.note(
            administration.event(
                .keyChange, actor: actor, subject: wish.action,
                details: ["change": "decommission: every key of the installation is destroyed after this entry"]))
        _ = try JournalVerifier.verify(directory: directory.journal, key: administration.verifyingKey)
        current.export = try prepared(target, mark: current)
        try current.write(directory, disk: disk)
        let last = try JournalExport.write(directory: directory.journal, to: target, disk: disk)
        try anchor(administration, isForced: wish.isForced)
        try sign(current, administration, last: last, studies: studies)
        current.phase = .keys
        try current.write(directory, disk: disk)
    }

    /// The folder for the export, empty: new, or without what an earlier confirmation wrote there.
    private func prepared(_ target: String, mark: DecommissionMark) throws -> String {
        try disk.makeDirectory(target)
        if mark.export == target {
            for name in Self.exported.flatMap({ [$0, $0 + ".tmp"] })
            where FileManager.default.fileExists(atPath: "\(target)/\(name)") {
                try FileManager.default.removeItem(atPath: "\(target)/\(name)")
            }
        }
        guard try disk.list(target).isEmpty else {
            throw GatewayError.badRequest("--export names a folder that is not empty; name a new one")
        }
        return target
    }

    /// How much is open; throws unless that is nothing, or it is forced.
    private func mayBegin(_ administration: Administration, _ wish: Confirmation) throws -> Int {
        guard try administration.legalHolds() == 0 else {
            throw GatewayError.refused("studies are under legal hold; see `cxrgate hold list`")
        }
        let open = try administration.openWork()
        guard open.isEmpty || wish.isForced else {
            let list = open.prefix(20).map { item in
                ["kind", "id", "state"].map { item[$0].text ?? "" }.joined(separator: " ")
            }
            throw GatewayError.refused(
                "\(open.count) images, jobs and commitments have not come to their end; `cxrgate drain`, or confirm with "
                    + "--force and --reason what is lost:\n" + list.joined(separator: "\n"))
        }
        guard !wish.isForced || wish.reason?.isEmpty == false else {
            throw GatewayError.badRequest("--force wants --reason")
        }
        return open.count
    }

    private func anchor(_ administration: Administration, isForced: Bool) throws {
        guard let last = try JournalReader(directory: directory.journal).lastCheckpoint() else { return }
        let failures = JournalAnchors(anchors: configuration.journal.anchors, disk: disk).keep(last)
        guard failures.isEmpty || isForced else {
            throw GatewayError.refused(
                "\(failures.count) anchors have not taken the journal's checkpoint; see `cxrgate check`")
        }
    }

    /// Every study that still has keys, one transaction each. Returns how many studies and images there were.
    private func endStudies(_ administration: Administration, _ mark: DecommissionMark) throws -> (Int, Int) {
        let left = try administration.store.read { transaction in
            try transaction.rows("SELECT id FROM study WHERE shredded_at IS NULL").compactMap { $0.text("id") }
        }
        for study in left {
            let now = administration.clock.milliseconds()
            let note = JournalEvent(
                kind: .delete, at: now, actor: "administrator:\(mark.confirmedBy)", study: study,
                details: ["what": "decommission", "requestedBy": mark.requestedBy, "approvedBy": mark.approvedBy])
            try administration.committer.commit { transaction in
                try Shredder.forget(study, now: now, in: transaction)
                try transaction.owe(note)
            }
        }
        let counts = try administration.store.read { transaction in
            try transaction.row(
                "SELECT (SELECT count(*) FROM study) AS studies, (SELECT count(*) FROM instance) AS images")
        }
        return (Int(counts?.integer("studies") ?? 0), Int(counts?.integer("images") ?? 0))
    }

    /// Step 4. The journal's key signs while it is there.
    private func sign(
        _ mark: DecommissionMark, _ administration: Administration, last: Checkpoint, studies: (Int, Int)
    ) throws {
        let keys = KeyDirectory(directory.keys)
        let elsewhere = KeyRing.RoleKey.allCases.map(\.file) + ["pseudonym.key", "journal.key", "models.key"]
        let text: JSONValue = .object([
            "certificate": .string("cxrgate decommission certificate, version 1"), "action": .string(mark.action),
            "certifiedAt": .number(administration.clock.milliseconds()), "requestedBy": .string(mark.requestedBy),
            "approvedBy": .string(mark.approvedBy), "confirmedBy": .string(mark.confirmedBy),
            "studies": .number(studies.0), "images": .number(studies.1),
            "journalEntries": .number(last.size), "journalRoot": .string(last.rootText),
            "signedWith": .string(administration.verifyingKey.hexadecimal),
            "keysOfTheServiceManager": .array(elsewhere.filter(keys.isCredential).map { .string($0) }),
            "statement": .string(
                "The private keys of every study and role of this installation, its pseudonym key and the journal's key, "
                    + "with which this was signed as its last act, were overwritten and removed. Nothing that lies in "
                    + "this installation opens what was sealed here."),
            "limits": .array(Self.limits.map { .string($0) }),
        ])
        let bytes = Array(try JSONEncoder.sorted.encode(text))
        guard let key = try KeyRing.load(in: directory.keys, roles: [.supervisor]).secrets(for: .supervisor).journalKey
        else { throw GatewayError.keys("the journal's key is not there") }
        try DurableFile.write(
            key.sign(bytes), to: directory.file(Self.signature + Self.pending), disk: disk, replacing: true)
        try DurableFile.write(
            bytes, to: directory.file(Self.certificate + Self.pending), disk: disk, replacing: true)
    }

    /// Steps 5 and 6; every one may have been done already.
    private func destroyKeys(target: String) throws -> JSONValue {
        let lock = try DataDirectoryLock(directory)
        defer { withExtendedLifetime(lock) {} }
        guard var mark = try DecommissionMark.read(directory, disk: disk) else {
            throw GatewayError.notFound("decommissioning that was begun")
        }
        for name in [Self.signature, Self.certificate] {
            let path = directory.file(name)
            guard [path, path + Self.pending].contains(where: FileManager.default.fileExists(atPath:)) else {
                throw GatewayError.keys("the signed certificate is not there; no key is destroyed without it")
            }
        }
        try KeyRing.destroyEverything(in: directory.keys)
        for folder in Self.folders where FileManager.default.fileExists(atPath: directory.file(folder)) {
            try FileManager.default.removeItem(atPath: directory.file(folder))
        }
        for name in try disk.list(directory.path) where name.hasPrefix("gateway.sqlite") {
            try disk.unlink(directory.file(name))
        }
        try disk.syncDirectory(directory.path)
        try disk.makeDirectory(target)
        // The signature first: a certificate that lies there is signed.
        for name in [Self.signature, Self.certificate] {
            let path = directory.file(name)
            if FileManager.default.fileExists(atPath: path + Self.pending) {
                try disk.rename(path + Self.pending, to: path)
                try disk.syncDirectory(directory.path)
            }
            try DurableFile.write(try disk.read(path), to: "\(target)/\(name)", disk: disk, replacing: true)
        }
        mark.phase = .done
        try mark.write(directory, disk: disk)
        return try JSONDecoder().decode(JSONValue.self, from: Data(disk.read(directory.file(Self.certificate))))
    }
}
