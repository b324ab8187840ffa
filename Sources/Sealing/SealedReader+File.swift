import Glibc

extension SealedReader {
    /// Opens a sealed file on disk. Throws `fileSystem` if it cannot be read, and what the reader throws.
    public convenience init(path: String, context: SealedContext, with key: P256PrivateKey) throws {
        let file = try OpenFile(path: path)
        try unsafe self.init(context: context, with: key) { buffer in try unsafe file.read(into: buffer) }
    }
}

/// A file open for reading; closes itself.
private final class OpenFile {
    private let descriptor: Int32

    init(path: String) throws(SealingError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileSystem(name: "sealed file", errno: errno) }
    }

    deinit { close(descriptor) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SealingError) -> Int {
        while true {
            let count = unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw .fileSystem(name: "sealed file", errno: errno) }
        }
    }
}
