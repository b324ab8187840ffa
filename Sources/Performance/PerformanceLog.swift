import Durability
import Foundation
import Synchronization

/// The performance log on disk: a file for each version of a model, begun anew at a size, with the oldest let go.
///
/// One owner at a time in all processes (a lock in the folder); any number of threads. A record that was appended is in
/// exactly one file, whatever happens between two steps: a new file is begun by making it, and no file is ever renamed. A
/// line that a crash tore is cut off when the file is opened again.
public final class PerformanceLog: Sendable {
    private struct OpenFile {
        let file: PerformanceLogFile
        let handle: DiskHandle
        var bytes: Int
    }

    private let folder: String
    private let limits: PerformanceLogLimits
    private let disk: any Disk
    private let lock: DataDirectoryLock
    private let open = Mutex<[String: OpenFile]>([:])

    /// Takes the folder, which must exist. Throws ``DurabilityError/locked`` if another has it.
    public init(folder: String, limits: PerformanceLogLimits, disk: any Disk) throws(DurabilityError) {
        self.folder = folder
        self.limits = limits
        self.disk = disk
        lock = try DataDirectoryLock(DataDirectory(folder))
    }

    deinit {
        let handles = open.withLock { $0.values.map(\.handle) }
        // The bytes are written; a handle that does not close takes nothing with it.
        for handle in handles { do { try disk.close(handle) } catch { continue } }
    }

    /// Appends one record, without its line end, to the log of a model; begins a new file first if this one is full.
    /// When it throws, the record is not in the log.
    public func append(_ line: [UInt8], model: String, at: Int64) throws(DiskError) {
        let stem = PerformanceLogFile.stem(of: model)
        try open.withLock { files throws(DiskError) in
            var current = files[stem]
            if current == nil { current = try reopened(stem) }
            if let full = current, full.bytes > 0, full.bytes + line.count + 1 > limits.fileBytes {
                files[stem] = nil
                try finish(full)
                current = try begun(PerformanceLogFile(stem: stem, number: full.file.number + 1), at: at)
            }
            if current == nil { current = try begun(PerformanceLogFile(stem: stem, number: 1), at: at) }
            guard var target = current else { return }
            files[stem] = nil
            do throws(DiskError) {
                try disk.write(line + [0x0A], to: target.handle)
            } catch {
                // Half a line may lie there: the next record looks at the file anew.
                do throws(DiskError) { try disk.close(target.handle) } catch { throw error }
                throw error
            }
            target.bytes += line.count + 1
            files[stem] = target
        }
    }

    /// Returns when every record would survive a power cut. After a failure the files are given up and new ones begun.
    public func sync() throws(DiskError) {
        try open.withLock { files throws(DiskError) in
            for (stem, target) in files {
                do throws(DiskError) {
                    try disk.syncData(target.handle)
                } catch {
                    files[stem] = nil
                    do throws(DiskError) { try disk.close(target.handle) } catch { throw error }
                    throw error
                }
            }
        }
    }

    /// The highest sequence number in the log of each model, by the stem of its files.
    public func lastSequences() throws(DiskError) -> [String: Int64] {
        var last: [String: Int64] = [:]
        for file in try PerformanceLogFile.list(folder, disk: disk).reversed() where last[file.stem] == nil {
            last[file.stem] = PerformanceLine(try file.tail(in: folder, disk: disk).line)?.n
        }
        return last
    }

    /// A full file, for good.
    private func finish(_ full: OpenFile) throws(DiskError) {
        do throws(DiskError) {
            try disk.syncData(full.handle)
        } catch {
            do throws(DiskError) { try disk.close(full.handle) } catch { throw error }
            throw error
        }
        try disk.close(full.handle)
    }

    /// The newest file of a model, with a torn line cut off; `nil` if there is none.
    private func reopened(_ stem: String) throws(DiskError) -> OpenFile? {
        guard let file = try PerformanceLogFile.list(folder, disk: disk).last(where: { $0.stem == stem }) else {
            return nil
        }
        let path = "\(folder)/\(file.name)"
        let torn = try file.tail(in: folder, disk: disk).torn
        let size = try disk.size(path)
        let handle = try disk.openFile(path)
        do throws(DiskError) {
            if torn > 0 { try disk.truncate(handle, to: size - torn) }
        } catch {
            try disk.close(handle)
            throw error
        }
        return OpenFile(file: file, handle: handle, bytes: size - torn)
    }

    /// A new file; then the oldest go.
    private func begun(_ file: PerformanceLogFile, at: Int64) throws(DiskError) -> OpenFile {
        let handle = try disk.createFile("\(folder)/\(file.name)")
        do throws(DiskError) {
            try disk.syncDirectory(folder)
            try PerformanceLogCleaning(folder: folder, limits: limits, disk: disk).clean(stem: file.stem, at: at)
        } catch {
            // It stays, empty; the next record finds it.
            try disk.close(handle)
            throw error
        }
        return OpenFile(file: file, handle: handle, bytes: 0)
    }
}
