import Durability
import Foundation
import Passage
import Sealing
import Synchronization

/// A sealed image file while it is written: under a temporary name until it is whole and synced.
final class SealedFile {
    /// Where it will lie, relative to the data directory.
    let path: String
    let keyClass: StudyKeyClass
    private let disk: any Disk
    private let directory: DataDirectory
    private let file: DurableFile
    private let writer: SealedWriter

    init(
        context: SealedContext, recipient: P256PublicKey, keyClass: StudyKeyClass, id: String, house: RoleHouse
    ) throws {
        self.keyClass = keyClass
        disk = house.disk
        directory = house.directory
        let folder = DataDirectory.folder(for: id)
        path = "\(folder)/\(id).sealed"
        try house.folders.make()
        let file = try DurableFile(directory.file(path), disk: house.disk)
        self.file = file
        writer = try unsafe SealedWriter(context: context, to: recipient) { bytes in try unsafe file.write(bytes) }
    }

    /// A whole section, its length before it.
    func section(_ bytes: [UInt8]) throws {
        try writer.write(ImagePayload.prefix(bytes.count))
        if !bytes.isEmpty { try writer.write(bytes) }
    }

    /// A run of pixel bytes, its length before it; an empty run would read as the end and is left out.
    func run(_ bytes: UnsafeRawBufferPointer) throws {
        guard unsafe !bytes.isEmpty else { return }
        try writer.write(ImagePayload.prefix(bytes.count))
        try unsafe writer.write(bytes)
    }

    /// Step 4 of the order of commits: sync the data, rename, sync the folder.
    func makeDurable() throws {
        try writer.finish()
        try file.commit()
    }

    /// Leaves nothing of an unfinished file.
    func abandon() { file.abandon() }

    /// Takes back a finished file that the database does not know; one that will not go is removed at the next start.
    func remove() {
        file.abandon()
        do { try disk.unlink(directory.file(path)) } catch { return }
    }
}

/// Makes the folders below `instances`, durably: all of them at the first use, and once in each process, since a folder
/// that is there already may stem from one that died before it synced the parent.
final class InstanceFolders: Sendable {
    private let directory: DataDirectory
    private let disk: any Disk
    private let areMade = Mutex(false)

    init(directory: DataDirectory, disk: any Disk) {
        self.directory = directory
        self.disk = disk
    }

    func make() throws {
        try areMade.withLock { areMade in
            if areMade { return }
            try disk.makeDirectory(directory.instances)
            try disk.syncDirectory(directory.path)
            for folder in DataDirectory.folders { try disk.makeDirectory(directory.file(folder)) }
            try disk.syncDirectory(directory.instances)
            areMade = true
        }
    }
}
