import Durability
import Foundation

/// Where files of a model lie on their way into the registry: they come over the administration socket in pieces, so
/// that the gateway never opens a path that a caller names. Nothing here is durable, and nothing here works.
struct UploadDesk: Sendable {
    let folder: String

    /// Bytes of one file: weights of the largest kind that the registry takes.
    private static let byteLimit = 256 << 20
    /// Files at a time: three make a model, and a few people and scripts work at once.
    private static let fileLimit = 48
    /// Seconds after which a file that nobody went on with is in the way.
    private static let patienceSeconds = 3600.0

    init(_ directory: DataDirectory) { folder = directory.models + "/incoming" }

    /// Throws away what an earlier process left.
    func clear() throws(DiskError) {
        try RealDisk().makeDirectory(folder)
        for name in try RealDisk().list(folder) { try RealDisk().unlink("\(folder)/\(name)") }
    }

    /// Adds bytes to an upload, a new one without a name; returns its name.
    func add(_ bytes: [UInt8], to name: String?) throws -> (name: String, size: Int) {
        let disk = RealDisk()
        let handle: DiskHandle
        let upload: String
        if let name {
            upload = name
            handle = try disk.openFile(try path(name))
        } else {
            try disk.makeDirectory(folder)
            try expire()
            guard try disk.list(folder).count < Self.fileLimit else {
                throw GatewayError.inUse("too many uploads at once; try again when the others are done")
            }
            upload = Identifier.random()
            handle = try disk.createFile(try path(upload))
        }
        do {
            let size = try disk.size(path(upload)) + bytes.count
            guard size <= Self.byteLimit else { throw GatewayError.refused("a file of a model is at most 256 MiB") }
            try disk.write(bytes, to: handle)
            try disk.close(handle)
            return (upload, size)
        } catch {
            try disk.close(handle)
            try disk.unlink(path(upload))
            throw error
        }
    }

    func read(_ name: String) throws -> [UInt8] {
        do throws(DiskError) {
            return try RealDisk().read(path(name))
        } catch {
            guard error.isMissing else { throw error }
            throw GatewayError.notFound("upload of this name; it may have been too old")
        }
    }

    /// What has become a model, or will not.
    func discard(_ names: [String]) {
        for name in names {
            // What stays goes with the next start.
            do { try RealDisk().unlink(path(name)) } catch { continue }
        }
    }

    private func path(_ name: String) throws(DiskError) -> String {
        guard name.utf8.count == 32, name.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw DiskError(.open, errno: ENOENT, path: folder) }
        return "\(folder)/\(name)"
    }

    private func expire() throws {
        let old = Date(timeIntervalSinceNow: -Self.patienceSeconds)
        for name in try RealDisk().list(folder) {
            // One that has just become a model is gone, which is as well.
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            if let date = attributes?[.modificationDate] as? Date, date < old { discard([name]) }
        }
    }
}
