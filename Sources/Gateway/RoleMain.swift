import CSandbox
import DICOMCore
import DICOMToolkit
import Durability
import Foundation
import ModelCard
import Reception
import Sealing
import Watching

/// What a role process does from its first instruction: lock itself in, take its briefing, work until told to stop.
public enum RoleMain {
    /// Runs the named role; ends the process.
    public static func run(_ name: String, executable: String, log: EventLog) throws {
        guard let role = Role(rawValue: name), Supervisor.roles.contains(role) else {
            throw GatewayError.badRequest("'\(name)' is not a role")
        }
        // Ctrl-C and a service manager reach the whole group; the supervisor says when it is time.
        for name in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { signal(name, SIG_IGN) }
        try check(cxr_disable_core_dumps(), "no core files")
        let briefing = try RoleBriefing(reading: RoleBriefing.briefingDescriptor)
        if let identity = briefing.identity {
            // Done on the first thread, before there was another (``becomeRoleUser(_:)``).
            guard geteuid() == identity.user, getegid() == identity.group else {
                throw GatewayError.keys("the role was not started as its own user")
            }
            // What the roles share is their group's; to others nothing.
            umask(0o007)
        }
        try check(cxr_die_with_parent(getppid()), "end with the supervisor")
        log.set(briefing.configuration.logFormat, usual: briefing.configuration.logLevel)
        let directory = DataDirectory(briefing.configuration.dataDirectory)
        let stopping = DispatchSemaphore(value: 0)
        let socket = PacketSocket(descriptor: RoleBriefing.linkDescriptor)
        guard let (_, files) = socket.receiveWithFiles() else {
            throw GatewayError.keys("a role was started without its keys")
        }
        let held = HeldSecrets(try RoleSecrets(role: role, handed: files))
        let settings = LiveConfiguration(briefing.configuration)
        let link = RoleLink(
            socket: socket, held: held, settings: settings, log: log, onStop: { stopping.signal() })
        let store = try Store(path: directory.database)
        let disk = RealDisk(isShared: briefing.identity != nil)
        let house = RoleHouse(
            role: role, settings: settings, directory: directory, store: store,
            committer: Committer(store: store, afterCommit: { try link.flushJournal() }), link: link, disk: disk,
            folders: InstanceFolders(directory: directory, disk: disk), clock: .system, log: log)
        link.report(house.meter)
        switch role {
        case .reception:
            try forbid(CXR_SANDBOX_NO_EXECUTE)
            try receive(house, held: held, stopping: stopping)
        case .analysis:
            try forbid(CXR_SANDBOX_NO_NETWORK)
            StudyKeyRewrapper(house: house, held: held, keys: [.analysis]).start()
            guard let key = briefing.modelsKey else { throw GatewayError.keys("no key to verify models with") }
            let models = ModelKeeper(house: house, key: try VerifyingKey(hexadecimal: key))
            link.onTrial { models.tried($0) }
            try AnalysisRole(house: house, secrets: held, models: models, executable: executable).run()
        case .filing:
            try forbid(CXR_SANDBOX_NO_EXECUTE)
            StudyKeyRewrapper(house: house, held: held, keys: [.patient, .results]).start()
            try FilingRole(house: house, secrets: held).run()
        case .supervisor: break
        }
        exit(0)
    }

    /// Becomes the user that stands in the arguments of a role, for good. Called before the process has a second thread:
    /// a thread that has ended would keep the old user in the eyes of the kernel.
    public static func becomeRoleUser(_ arguments: [String]) throws(GatewayError) {
        guard arguments.count == 5, arguments[1] == "role", let user = UInt32(arguments[3]),
            let group = UInt32(arguments[4])
        else { return }
        try check(cxr_become(user, group), "becoming the role's user")
        // The kernel allows core files again when the user changes.
        try check(cxr_disable_core_dumps(), "no core files")
    }

    private static func receive(_ house: RoleHouse, held: HeldSecrets, stopping: DispatchSemaphore) throws {
        let secrets = held.current
        let intake = try Intake(
            house: house, pseudonyms: secrets.pseudonym(), roleKeys: secrets.publicKeys)
        held.onRenewal { new, done in
            // Not on the link's thread: images under way need it to reach their end.
            let thread = Thread {
                intake.studyKeys.renew(new.publicKeys)
                done()
            }
            thread.name = "renew keys"
            thread.start()
        }
        guard let title = AETitle(house.configuration.aeTitle) else {
            throw GatewayError.badRequest("dicom.ae_title is not an AE title")
        }
        let path = house.directory.path
        let service = ReceptionService(
            ourTitle: title, directory: RegisteredSenders(store: house.store), sink: intake,
            hasRoom: { DiskRoom.freeMiB(path) >= house.configuration.diskReserveMiB },
            milliseconds: house.clock.milliseconds)
        let door = try FrontDoor(house: house, service: service)
        house.settings.follow { try door.follow($0) }
        house.link.ready(port: door.port)
        stopping.wait()
        door.stop()
    }

    /// What this role never needs, and the doors that none does.
    private static func forbid(_ what: Int) throws(GatewayError) {
        try check(cxr_sandbox_enter(UInt32(what | CXR_SANDBOX_NO_KERNEL_DOORS)), "the sandbox")
    }

    private static func check(_ result: Int32, _ what: String) throws(GatewayError) {
        if result != 0 { throw .system(what, result) }
    }
}

enum DiskRoom {
    /// Room for others than root on the file system of `path`, in MiB; 0 if it cannot be told.
    static func freeMiB(_ path: String) -> Int {
        var room = statvfs()
        guard unsafe statvfs(path, &room) == 0 else { return 0 }
        return Int(room.f_bavail) * Int(room.f_frsize) / (1 << 20)
    }
}
