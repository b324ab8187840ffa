import Glibc

/// A key file that is open and has not been read: what a supervisor hands to a role, so that it never holds the key.
public final class OpenKeyFile: Sendable {
    /// Its name in the key directory.
    public let name: String
    public let descriptor: Int32

    /// Takes the descriptor over; it is closed with the last reference.
    public init(name: String, descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The whole file, from its beginning wherever the descriptor stands. Throws `keyFileMalformed` if it is larger than
    /// a key file can be.
    public func content() throws(SealingError) -> SecretBytes {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .fileSystem(name: name, errno: errno) }
        guard status.st_size <= SealingLimits.keyFileBytes else { throw .keyFileMalformed(name: name) }
        return try unsafe SecretBytes(count: Int(status.st_size)) { buffer throws(SealingError) in
            var filled = 0
            while filled < buffer.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let count = unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(filled))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .keyFileMalformed(name: name) }
                filled += count
            }
        }
    }
}
