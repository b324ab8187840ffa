import CSandbox
import Foundation
import Sealing

/// One end of a pair of sockets that carries short packets between the supervisor and a role.
final class PacketSocket: Sendable {
    let descriptor: Int32

    /// Longest packet, in bytes; messages are a few words.
    private static let limit = 4096

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

    /// Sends a message with open files, whose names it tells.
    func send(_ message: RoleMessage, with files: [OpenKeyFile]) throws(GatewayError) {
        let bytes = Array(message.line.utf8)
        let failure = withExtendedLifetime(files) {
            unsafe cxr_send_descriptors(descriptor, bytes, bytes.count, files.map(\.descriptor), files.count)
        }
        guard failure == 0 else { throw .system("handing over keys", failure) }
    }

    /// The same as ``receive()`` with the open files that came along; each belongs to whoever holds it.
    func receiveWithFiles() -> (message: RoleMessage, files: [OpenKeyFile])? {
        var buffer = [UInt8](repeating: 0, count: Self.limit)
        var descriptors = [Int32](repeating: -1, count: Int(cxr_descriptors_limit))
        while true {
            var found = 0
            let count = unsafe cxr_receive_descriptors(descriptor, &buffer, buffer.count, &descriptors, &found)
            if count <= 0 { return nil }
            let message = RoleMessage(String(decoding: buffer[..<count], as: UTF8.self))
            var names: [String] = []
            if case .keys(_, let named) = message { names = named }
            let files = descriptors[..<found].enumerated().map { index, descriptor in
                OpenKeyFile(name: index < names.count ? names[index] : "", descriptor: descriptor)
            }
            if let message { return (message, files) }
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
