import Durability
import Foundation
import Sealing

/// Users of the operating system for the roles, so that a role that was taken over cannot read what the others have.
/// Needs a supervisor that runs as root; without them all roles run as the user of the supervisor.
///
/// The roles share one group, which may read sealed files and write the database; the key directory, the journal and the
/// certificates stay the supervisor's alone, and key files reach a role as open descriptors only.
public struct RoleUsers: Sendable, Codable, Hashable {
    /// Names or numbers; empty for none.
    public var reception = ""
    public var analysis = ""
    public var filing = ""
    public var group = ""

    /// A role's user and the shared group, as numbers.
    struct Identity: Sendable, Codable, Hashable {
        let user: uid_t
        let group: gid_t
    }

    /// Throws `keys` if the system does not know a name, if two roles are one user, or if one of them is root.
    func identity(of role: Role) throws(GatewayError) -> Identity {
        let users = try [reception, analysis, filing].map { name throws(GatewayError) in try Self.user(name) }
        guard Set(users).count == 3, !users.contains(0) else {
            throw .keys("roles.*_user: three different users, none of them root")
        }
        let index = role == .reception ? 0 : role == .analysis ? 1 : 2
        return Identity(user: users[index], group: try Self.group(group))
    }

    /// Lets the group into what the roles share, and nobody else. Called by the supervisor once everything is there.
    func open(_ directory: DataDirectory) throws(GatewayError) {
        guard geteuid() == 0 else { throw .keys("roles with users of their own need a supervisor that runs as root") }
        let group = try Self.group(group)
        var shared: [(String, mode_t)] = [(directory.path, 0o750)]
        for folder in [directory.instances, directory.outbox, directory.logs] {
            shared.append((folder, 0o770))
            let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
            for name in found {
                shared.append(
                    ("\(folder)/\(name)", name.hasSuffix(".sealed") ? 0o640 : name.contains(".") ? 0o660 : 0o770))
            }
        }
        for suffix in ["", "-wal", "-shm"] { shared.append((directory.database + suffix, 0o660)) }
        try Self.give(shared, to: group)
        try openModels(directory)
    }

    /// Lets the group read models and what is to become one. Called again when there is something new.
    func openModels(_ directory: DataDirectory) throws(GatewayError) {
        let found = FileManager.default.enumerator(atPath: directory.models)?.compactMap { $0 as? String } ?? []
        let shared: [(String, mode_t)] =
            [(directory.models, 0o750)]
            + found.map { ("\(directory.models)/\($0)", $0 == "incoming" ? 0o750 : 0o640) }
        // Files that are being written get their last name, and uploads go, at any time.
        try Self.give(shared, to: try Self.group(group), mayBeGone: true)
    }

    private static func give(_ shared: [(String, mode_t)], to group: gid_t, mayBeGone: Bool = false)
        throws(GatewayError)
    {
        for (path, mode) in shared {
            guard unsafe lchown(path, uid_t.max, group) == 0, unsafe chmod(path, mode) == 0 else {
                if mayBeGone, errno == ENOENT { continue }
                throw .system("giving the roles' group access to the data directory", errno)
            }
        }
    }

    private static func user(_ name: String) throws(GatewayError) -> uid_t {
        if let number = UInt32(name) { return number }
        guard let entry = unsafe getpwnam(name) else { throw .keys("roles.*_user: the system has no such user") }
        return unsafe entry.pointee.pw_uid
    }

    private static func group(_ name: String) throws(GatewayError) -> gid_t {
        if let number = UInt32(name) { return number }
        guard let entry = unsafe getgrnam(name) else { throw .keys("roles.group: the system has no such group") }
        return unsafe entry.pointee.gr_gid
    }
}
