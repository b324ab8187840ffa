import Glibc

/// What a backup does with files that are whole and never change: many at once, made durable together.
public enum WholeFiles {
    /// Bytes that are read and written at once: large enough that a disk is not kept waiting.
    private static let blockBytes = 4 << 20

    /// Copies a file to a name that must be free, readable by its owner alone, and gives every block to `block`.
    /// Nothing is durable before ``sync()``. Returns the bytes copied.
    public static func copy(
        _ path: String, to target: String, disk: any Disk = RealDisk(), block: ([UInt8]) throws -> Void
    ) throws -> Int {
        let size = try disk.size(path)
        let file = try disk.createFile(target)
        do {
            var position = 0
            while position < size {
                let bytes = try disk.read(path, from: position, count: min(blockBytes, size - position))
                if bytes.isEmpty { break }
                try disk.write(bytes, to: file)
                try block(bytes)
                position += bytes.count
            }
            try disk.close(file)
            return position
        } catch {
            try disk.close(file)
            try disk.unlink(target)
            throw error
        }
    }

    /// Gives a file a second name. Returns `false` where that cannot be: on another file system.
    public static func link(_ path: String, to target: String) throws(DiskError) -> Bool {
        if unsafe Glibc.link(path, target) == 0 { return true }
        if errno == EXDEV || errno == EMLINK || errno == EPERM { return false }
        throw DiskError(.create, errno: errno, path: target)
    }

    /// Returns when everything that was written so far, by whomever, would survive a power cut: for many files that is
    /// much faster than one sync for each. Source: sync(2), Linux waits for the writing to end.
    public static func sync() { Glibc.sync() }
}
