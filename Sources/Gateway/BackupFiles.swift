import Durability
import Foundation
import Sealing

/// Files on their way into a backup, or out of it, with the digests that `sha256sum -c` checks.
struct BackupFiles {
    /// The folder that is written into.
    let target: String
    let disk: any Disk
    private(set) var sums: [String: String] = [:]
    private(set) var present: [String: Int] = [:]
    private var folders: Set<String> = []

    init(target: String, disk: any Disk) {
        self.target = target
        self.disk = disk
    }

    static let sumsName = "SHA256SUMS"

    /// Copies `relative` from below `source`; with `linking` it becomes a second name of the same file where that can be.
    /// Throws what the disk throws; `isMissing` if it is gone.
    mutating func take(_ relative: String, from source: String, linking: Bool = false) throws {
        if present[relative] != nil { return }
        try makeFolder(of: relative)
        let (path, copy) = ("\(source)/\(relative)", "\(target)/\(relative)")
        if linking, try WholeFiles.link(path, to: copy) {
            present[relative] = try disk.size(copy)
            return
        }
        let digest = try SHA256Stream()
        present[relative] = try WholeFiles.copy(path, to: copy, disk: disk) { try digest.update($0) }
        sums[relative] = Hexadecimal.text(try digest.finish())
    }

    /// Notes the digest of a file that lies there already.
    mutating func note(_ relative: String) throws {
        sums[relative] = try Self.digest("\(target)/\(relative)", disk)
    }

    /// Removes a file that was taken and is not wanted any more.
    mutating func drop(_ relative: String) throws {
        try disk.unlink("\(target)/\(relative)")
        present[relative] = nil
        sums[relative] = nil
    }

    private mutating func makeFolder(of relative: String) throws {
        var path = target
        for part in relative.split(separator: "/").dropLast() {
            path += "/\(part)"
            if folders.insert(path).inserted { try disk.makeDirectory(path) }
        }
    }

    /// The list in the form of sha256sum(1).
    func writeSums() throws -> String {
        let text = sums.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined()
        try DurableFile.write(Array(text.utf8), to: "\(target)/\(Self.sumsName)", disk: disk)
        return Hexadecimal.text(try SHA256.hash(Array(text.utf8)))
    }

    /// How many files of a backup are missing or not what its list says.
    static func damaged(in backup: String, disk: any Disk) throws -> Int {
        var count = 0
        let list = String(decoding: try disk.read("\(backup)/\(sumsName)"), as: UTF8.self)
        for line in list.split(separator: "\n") {
            let path = "\(backup)/\(line.dropFirst(66))"
            do throws(DiskError) {
                _ = try disk.size(path)
            } catch {
                count += 1
                continue
            }
            if try digest(path, disk) != line.prefix(64) { count += 1 }
        }
        return count
    }

    private static func digest(_ path: String, _ disk: any Disk) throws -> String {
        let stream = try SHA256Stream()
        let size = try disk.size(path)
        var position = 0
        while position < size {
            let bytes = try disk.read(path, from: position, count: min(blockBytes, size - position))
            if bytes.isEmpty { break }
            try stream.update(bytes)
            position += bytes.count
        }
        return Hexadecimal.text(try stream.finish())
    }

    /// Bytes that are read at once.
    private static let blockBytes = 4 << 20

    /// The files below a folder, relative to `root`, sorted; none if the folder is not there.
    static func below(_ folder: String, in root: String, disk: any Disk) throws -> [String] {
        guard try disk.list(root).contains(folder) else { return [] }
        var found: [String] = []
        var folders = [folder]
        while let folder = folders.popLast() {
            for name in try disk.list("\(root)/\(folder)") {
                let path = "\(folder)/\(name)"
                if name.contains(".") { found.append(path) } else { folders.append(path) }
            }
        }
        return found.sorted()
    }
}
