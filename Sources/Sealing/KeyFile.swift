import Glibc

/// One file of the key directory: written once, durably, readable by its owner alone.
enum KeyFile {
    /// Temp, write, sync, link under its name (which fails if there is one already), sync the directory.
    static func create(_ name: String, in directory: String, content: SecretBytes) throws(SealingError) {
        let path = "\(directory)/\(name)"
        let temporary = "\(path).new"
        unsafe unlink(temporary)
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .fileSystem(name: name, errno: errno) }
        defer { unsafe unlink(temporary) }
        try writeAndSync(content, to: descriptor, name)
        guard unsafe link(temporary, path) == 0 else {
            throw errno == EEXIST ? .keyFileExists(name: name) : .fileSystem(name: name, errno: errno)
        }
        try syncDirectory(directory)
    }

    /// Reads a file. With `isSecret`, refuses one that anybody but its owner may read, write or execute.
    static func read(_ name: String, in directory: String, isSecret: Bool) throws(SealingError) -> SecretBytes {
        let descriptor = unsafe open("\(directory)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .keyFileMissing(name: name) : .fileSystem(name: name, errno: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .fileSystem(name: name, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .keyFileMalformed(name: name) }
        if isSecret { try checkOwner(of: status, name) }
        guard status.st_size <= SealingLimits.keyFileBytes else { throw .keyFileMalformed(name: name) }
        return try unsafe SecretBytes(count: Int(status.st_size)) { buffer throws(SealingError) in
            var filled = 0
            while filled < buffer.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                let count = unsafe Glibc.read(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .keyFileMalformed(name: name) }
                filled += count
            }
        }
    }

    /// Makes the directory if it is not there, for its owner alone.
    static func makeDirectory(_ path: String) throws(SealingError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .fileSystem(name: "keys", errno: errno) }
        try checkDirectory(path)
    }

    static func checkDirectory(_ path: String) throws(SealingError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw errno == ENOENT ? .keyFileMissing(name: "keys") : .fileSystem(name: "keys", errno: errno)
        }
        try checkOwner(of: status, "keys")
    }

    static func exists(_ name: String, in directory: String) -> Bool {
        unsafe access("\(directory)/\(name)", F_OK) == 0
    }

    static func rename(_ name: String, to newName: String, in directory: String) throws(SealingError) {
        guard unsafe Glibc.rename("\(directory)/\(name)", "\(directory)/\(newName)") == 0 else {
            throw .fileSystem(name: name, errno: errno)
        }
        try syncDirectory(directory)
    }

    static func remove(_ name: String, in directory: String) throws(SealingError) {
        guard unsafe unlink("\(directory)/\(name)") == 0 || errno == ENOENT else {
            throw .fileSystem(name: name, errno: errno)
        }
        try syncDirectory(directory)
    }

    private static func checkOwner(of status: stat, _ name: String) throws(SealingError) {
        let mode = status.st_mode & 0o777
        guard mode & 0o077 == 0, status.st_uid == geteuid() else {
            throw .keyFilePermissions(name: name, mode: mode)
        }
    }

    private static func writeAndSync(
        _ content: SecretBytes, to descriptor: Int32, _ name: String
    ) throws(SealingError) {
        defer { close(descriptor) }
        try unsafe content.withUnsafeBytes { bytes throws(SealingError) in
            try unsafe write(bytes, to: descriptor, name)
        }
        guard fsync(descriptor) == 0 else { throw .fileSystem(name: name, errno: errno) }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ name: String
    ) throws(SealingError) {
        var rest = unsafe bytes
        while unsafe !rest.isEmpty {
            let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .fileSystem(name: name, errno: errno) }
            unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private static func syncDirectory(_ path: String) throws(SealingError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileSystem(name: "keys", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .fileSystem(name: "keys", errno: errno) }
    }
}
