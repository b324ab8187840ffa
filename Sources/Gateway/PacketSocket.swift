import Foundation

/// One end of a pair of sockets that carries short packets between the supervisor and a role.
final class PacketSocket: Sendable {
    let descriptor: Int32

    /// Longest packet, in bytes; messages are a few words.
    private static let limit = 1024

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Both ends; the second is for the child, the first does not outlive `exec`.
    static func pair() throws(GatewayError) -> (ours: PacketSocket, theirs: PacketSocket) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .system("socketpair", errno) }
        return (PacketSocket(descriptor: ends[0]), PacketSocket(descriptor: ends[1]))
    }

    /// Returns `false` if the other side is gone.
    @discardableResult
    func send(_ message: RoleMessage) -> Bool {
        let bytes = Array(message.line.utf8)
        while true {
            let sent = unsafe Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            if sent == bytes.count { return true }
            if sent < 0, errno == EINTR { continue }
            return false
        }
    }

    /// Waits for the next message; `nil` when the other side is gone. What is not understood is skipped.
    func receive() -> RoleMessage? {
        var buffer = [UInt8](repeating: 0, count: Self.limit)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return nil }
            if let message = RoleMessage(String(decoding: buffer[..<count], as: UTF8.self)) { return message }
        }
    }
}
