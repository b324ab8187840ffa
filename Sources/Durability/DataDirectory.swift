import Foundation

/// Where a gateway keeps everything, and the lock that lets only one of them work there.
public struct DataDirectory: Sendable, Hashable {
    public let path: String

    public init(_ path: String) { self.path = path }

    public var database: String { path + "/gateway.sqlite" }
    public var instances: String { path + "/instances" }
    public var outbox: String { path + "/outbox" }
    public var journal: String { path + "/journal" }
    public var keys: String { path + "/keys" }
    public var models: String { path + "/models" }
    /// Certificates of shredded studies: also the list that a restored database is held against.
    public var shredded: String { path + "/shredded" }
    /// How each model fares, image by image; no patient, no image named.
    public var logs: String { path + "/logs" }
    public var socket: String { path + "/admin.sock" }
    public var lock: String { path + "/lock" }

    /// A file named relative to the directory, as the database names it.
    public func file(_ relative: String) -> String { path + "/" + relative }

    /// The folder of a sealed object, relative to the directory: one of 256. A million objects are 4,000 in each, which
    /// a file system does not notice; a second level would be made, and synced, anew for nearly every image.
    public static func folder(for id: String) -> String { "instances/\(id.prefix(2))" }

    /// All that ``folder(for:)`` can answer for an identifier, which is hexadecimal.
    public static var folders: [String] {
        (0..<256).map { "instances/\($0 < 16 ? "0" : "")\(String($0, radix: 16))" }
    }

    /// Makes the folders, readable by their owner alone, durably.
    public func create(disk: any Disk = RealDisk()) throws {
        // Above the data directory: whatever the administrator's path lacks.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // One that was there before may be open to others.
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        for folder in [instances, outbox, journal, keys, models, shredded, logs] {
            try disk.makeDirectory(folder)
        }
        try disk.syncDirectory(path)
    }
}

/// Held while a process works on a data directory; released when the value goes or the process dies.
public final class DataDirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock without waiting, or throws ``DurabilityError/locked``.
    public init(_ directory: DataDirectory) throws(DurabilityError) {
        let opened = unsafe open(directory.lock, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .file(operation: "open", errno: errno) }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            close(opened)
            throw .locked
        }
        descriptor = opened
    }

    deinit { close(descriptor) }
}
