import Foundation

/// The few calls on Unix stream sockets that administration needs.
enum UnixSocket {
    /// `isShared` lets every local user connect; who is answered is another matter.
    static func listen(_ path: String, isShared: Bool = false) throws(GatewayError) -> Int32 {
        let descriptor = socket(AF_UNIX, streamKind, 0)
        guard descriptor >= 0 else { throw .system("socket", errno) }
        let previous = umask(isShared ? 0o000 : 0o077)
        defer { umask(previous) }
        guard let bound = unsafe withAddress(path, { unsafe bind(descriptor, $0, $1) }), bound == 0,
            Foundation.listen(descriptor, 16) == 0
        else {
            let failure = errno
            close(descriptor)
            throw .system("bind to the administration socket", failure)
        }
        return descriptor
    }

    static func connect(_ path: String) -> Int32? {
        let descriptor = socket(AF_UNIX, streamKind, 0)
        guard descriptor >= 0 else { return nil }
        guard let connected = unsafe withAddress(path, { unsafe Foundation.connect(descriptor, $0, $1) }),
            connected == 0
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    static func setTimeout(_ descriptor: Int32, seconds: Int) {
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Effective user of the process at the other end, as the kernel knows it.
    static func peerUser(_ descriptor: Int32) -> uid_t? {
        // struct ucred: process, user, group; 32 bits each (unix(7)).
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(12)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == 12 else {
            return nil
        }
        return credentials[1]
    }

    /// Every group of a user, by the system's list of users.
    static func groups(ofUser user: uid_t) -> Set<gid_t> {
        guard let entry = unsafe getpwuid(user) else { return [] }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard unsafe getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) >= 0 else {
            return unsafe [entry.pointee.pw_gid]
        }
        return Set(groups.prefix(Int(count)))
    }

    static func name(ofUser user: uid_t) -> String {
        guard let entry = unsafe getpwuid(user) else { return "uid \(user)" }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    /// Bytes up to the first newline; `nil` if the peer ends or stalls before it, or says more than `limit`.
    static func readLine(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while line.count <= limit {
            let count = unsafe read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return nil }
            let part = buffer[..<count]
            if let end = part.firstIndex(of: UInt8(ascii: "\n")) { return line + part[..<end] }
            line += part
        }
        return nil
    }

    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            let rest = Array(bytes[position...])
            let count = unsafe send(descriptor, rest, rest.count, Int32(MSG_NOSIGNAL))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            position += count
        }
    }

    private static let streamKind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// `nil` if the path is longer than a socket's address can be.
    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { return nil }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
