import Glibc

/// Where the key files of an installation lie: a directory of mode 0700 with files of mode 0600, and, if the service
/// manager brings them, read-only credentials that stand in for private files of the same name.
///
/// Every file is written once, durably: temporary, sync, link under its name (which fails if there is one), sync of the
/// directory. Source: systemd.exec(5), "Credentials".
public struct KeyDirectory: Sendable {
    public let path: String
    /// Directory of the service manager's credentials; a file there goes before one of `path`. It is never written.
    public let credentials: String?
    /// Called before each change of the directory; a test throws in it to be a crash at that point.
    let beforeChange: @Sendable () throws(SealingError) -> Void

    /// `credentials` is what `$CREDENTIALS_DIRECTORY` says.
    public init(_ path: String, credentials: String? = KeyDirectory.serviceCredentials()) {
        self.init(path, credentials: credentials, beforeChange: { () throws(SealingError) in })
    }

    init(_ path: String, credentials: String?, beforeChange: @escaping @Sendable () throws(SealingError) -> Void) {
        self.path = path
        self.credentials = credentials
        self.beforeChange = beforeChange
    }

    /// The directory of credentials that a service manager names in the environment; `nil` without one.
    public static func serviceCredentials() -> String? {
        guard let value = unsafe getenv("CREDENTIALS_DIRECTORY") else { return nil }
        let path = unsafe String(cString: value)
        return path.isEmpty ? nil : path
    }

    func exists(_ name: String) -> Bool {
        if isCredential(name) { return true }
        return unsafe access("\(path)/\(name)", F_OK) == 0
    }

    /// Whether the service manager brings this file; it can be neither replaced nor destroyed here.
    public func isCredential(_ name: String) -> Bool {
        guard let credentials else { return false }
        return unsafe access("\(credentials)/\(name)", F_OK) == 0
    }

    /// Opens a file for reading without reading it. With `isSecret`, refuses one that others have access to.
    func open(_ name: String, isSecret: Bool) throws(SealingError) -> OpenKeyFile {
        let fromService = isCredential(name)
        let folder = fromService ? credentials ?? path : path
        let descriptor = unsafe Glibc.open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .keyFileMissing(name: name) : .fileSystem(name: name, errno: errno)
        }
        let file = OpenKeyFile(name: name, descriptor: descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .fileSystem(name: name, errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .keyFileMalformed(name: name) }
        // A credential may be root's with an entry for the service in its access list, which shows as group bits.
        if isSecret { try Self.check(status, name, forbidden: fromService ? 0o007 : 0o077, isOurs: !fromService) }
        return file
    }

    func read(_ name: String, isSecret: Bool) throws(SealingError) -> SecretBytes {
        try open(name, isSecret: isSecret).content()
    }

    /// Makes the directory if it is not there, for its owner alone.
    func make() throws(SealingError) {
        guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .fileSystem(name: "keys", errno: errno) }
        try check()
    }

    /// Throws `keyFilePermissions` if anybody but the owner has access to the directory.
    func check() throws(SealingError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw errno == ENOENT ? .keyFileMissing(name: "keys") : .fileSystem(name: "keys", errno: errno)
        }
        try Self.check(status, "keys", forbidden: 0o077, isOurs: true)
    }

    /// Milliseconds since 1970-01-01 UTC at which a file was written; `nil` if it is not there.
    public func writtenAt(_ name: String) -> Int64? {
        var status = stat()
        guard unsafe stat("\(path)/\(name)", &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1000
    }

    func create(_ name: String, content: SecretBytes) throws(SealingError) {
        try beforeChange()
        let file = "\(path)/\(name)"
        let temporary = "\(file).new"
        unsafe unlink(temporary)
        let descriptor = unsafe Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .fileSystem(name: name, errno: errno) }
        defer { unsafe unlink(temporary) }
        try Self.writeAndSync(content, to: descriptor, name)
        guard unsafe link(temporary, file) == 0 else {
            throw errno == EEXIST ? .keyFileExists(name: name) : .fileSystem(name: name, errno: errno)
        }
        try sync()
    }

    func rename(_ name: String, to newName: String) throws(SealingError) {
        try beforeChange()
        guard unsafe Glibc.rename("\(path)/\(name)", "\(path)/\(newName)") == 0 else {
            throw .fileSystem(name: name, errno: errno)
        }
        try sync()
    }

    /// Overwrites a file with zeros, syncs, and removes it. What a drive keeps elsewhere is beyond reach.
    func destroy(_ name: String) throws(SealingError) {
        try beforeChange()
        let file = "\(path)/\(name)"
        let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 {
            var status = stat()
            let size = unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
            let zeros = SecretBytes(copying: [UInt8](repeating: 0, count: min(size, SealingLimits.keyFileBytes)))
            try Self.writeAndSync(zeros, to: descriptor, name)
        }
        guard unsafe unlink(file) == 0 || errno == ENOENT else { throw .fileSystem(name: name, errno: errno) }
        try sync()
    }

    private func sync() throws(SealingError) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .fileSystem(name: "keys", errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .fileSystem(name: "keys", errno: errno) }
    }

    private static func check(
        _ status: stat, _ name: String, forbidden: UInt32, isOurs: Bool
    ) throws(SealingError) {
        let mode = status.st_mode & 0o777
        guard mode & forbidden == 0, !isOurs || status.st_uid == geteuid() else {
            throw .keyFilePermissions(name: name, mode: mode)
        }
    }

    private static func writeAndSync(
        _ content: SecretBytes, to descriptor: Int32, _ name: String
    ) throws(SealingError) {
        defer { close(descriptor) }
        try unsafe content.withUnsafeBytes { bytes throws(SealingError) in
            var rest = unsafe bytes
            while unsafe !rest.isEmpty {
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw .fileSystem(name: name, errno: errno) }
                unsafe rest = unsafe UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        guard fsync(descriptor) == 0 else { throw .fileSystem(name: name, errno: errno) }
    }
}
