import Glibc

/// A connected TCP or UDP socket, closed with its owner. Every call waits a bounded time. One owner, one thread.
final class TCPSocket {
    let descriptor: Int32
    /// POLLRDHUP of Linux, which Glibc shows only where GNU extensions are asked for.
    private static let peerHungUp: Int16 = 0x2000

    /// - Parameters:
    ///   - isLoopbackOnly: refuse any address that is not this machine's own.
    init(
        host: String, port: UInt16, isDatagram: Bool, timeoutSeconds: Int, isLoopbackOnly: Bool
    ) throws(ChannelError) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(isDatagram ? SOCK_DGRAM.rawValue : SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(port)", &hints, &found) == 0 else { throw .unknownHost }
        defer { unsafe freeaddrinfo(found) }
        var failure: ChannelError = .unknownHost
        var candidate = unsafe found
        while let address = unsafe candidate {
            unsafe candidate = address.pointee.ai_next
            guard let name = unsafe address.pointee.ai_addr else { continue }
            if isLoopbackOnly, unsafe !TCPSocket.isLoopback(name) {
                failure = .plainBeyondLoopback
                continue
            }
            let opened = unsafe socket(
                address.pointee.ai_family, address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard opened >= 0 else {
                failure = .unreachable(errno: errno)
                continue
            }
            var patience = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                unsafe setsockopt(opened, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
            if unsafe connect(opened, name, address.pointee.ai_addrlen) == 0 {
                descriptor = opened
                return
            }
            failure = .unreachable(errno: errno)
            Glibc.close(opened)
        }
        throw failure
    }

    deinit { Glibc.close(descriptor) }

    /// Whether the peer has closed its side, or the connection broke, as far as is known here.
    var isClosed: Bool {
        var wanted = pollfd(fd: descriptor, events: Self.peerHungUp, revents: 0)
        guard unsafe poll(&wanted, 1, 0) > 0 else { return false }
        return wanted.revents & (Self.peerHungUp | Int16(POLLHUP) | Int16(POLLERR)) != 0
    }

    func send(_ bytes: [UInt8]) throws(ChannelError) {
        var position = 0
        while position < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: position), buffer.count - position,
                    Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unreachable(errno: errno) }
            position += count
        }
    }

    /// 127.0.0.0/8 and ::1.
    private static func isLoopback(_ address: UnsafePointer<sockaddr>) -> Bool {
        switch Int32(unsafe address.pointee.sa_family) {
        case AF_INET:
            return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
            }
        case AF_INET6:
            return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                unsafe withUnsafeBytes(of: address.pointee.sin6_addr) { bytes in
                    unsafe bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
                }
            }
        default: return false
        }
    }
}
