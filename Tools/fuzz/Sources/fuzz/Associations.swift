import DICOMCore
import DICOMToolkit
import Foundation
import Reception
import Synchronization

/// A listener with reception's own rules behind it, fed over a real socket. The first byte says what stands before the
/// input: nothing, an association that is accepted, or one with the head of a C-STORE.
enum Associations {
    private struct Everybody: SenderDirectory {
        func sources(titled title: AETitle) throws -> [KnownSender] {
            var sender = KnownSender(title: title, addresses: [])
            sender.associationsPerMinute = 100_000_000
            sender.requestsCommitment = true
            return [sender]
        }
    }

    private final class Swallower: InstanceSink {
        final class Intake: InstanceIntake {
            func pixels(_ bytes: UnsafeRawBufferPointer) throws {}
            func commit(trailer: PHI<[UInt8]>, byteCount: Int) throws {}
            func abandon() {}
        }
        func begin(_ instance: ArrivingInstance) throws -> any InstanceIntake { Intake() }
        func refused(
            sender: String, address: String, code: String, meaning: String, detail: String?, isAssociation: Bool
        ) {}
    }

    private static let listener: AssociationListener = {
        guard let title = AETitle("CXRGATE") else { preconditionFailure("a title") }
        let service = ReceptionService(
            ourTitle: title, directory: Everybody(), sink: Swallower(), hasRoom: { true }, milliseconds: { 0 })
        var configuration = ListenerConfiguration(port: 0)
        configuration.bindAddress = "127.0.0.1"
        configuration.acseTimeoutSeconds = 1
        configuration.idleTimeoutSeconds = 1
        configuration.stallTimeoutSeconds = 1
        do {
            return try AssociationListener(configuration: configuration, handler: service)
        } catch {
            preconditionFailure("cannot listen: \(error)")
        }
    }()

    static func take(_ input: UnsafeRawBufferPointer) -> CInt {
        guard let choice = input.first else { return 0 }
        var bytes: [UInt8] = []
        if choice & 3 > 0 { bytes += request }
        if choice & 3 > 1 { bytes += store }
        bytes += input.dropFirst()
        let socket = connection()
        defer { close(socket) }
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(socket, Int32(SHUT_WR))
        var answer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &answer, answer.count, 0)
            if count == 0 || (count < 0 && errno != EINTR) { return 0 }
        }
    }

    // MARK: The socket

    nonisolated(unsafe) private static var connections: UInt32 = 0

    /// A socket to the listener. Every connection leaves its pair of addresses and ports in TIME_WAIT for a minute, and
    /// not every kernel gives a port out again before: so each comes from another address of 127.0.0.0/8, which has
    /// more of them than a run makes connections. libFuzzer's clock (SIGALRM) may interrupt any call.
    private static func connection() -> CInt {
        while true {
            connections &+= 1
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            let ours = 0x7F01_0001 + connections % 0xFFFF
            // Where the kernel has one address of its own alone, that must do.
            _ = call(bind, socket, ours, port: 0)
            if call(connect, socket, 0x7F00_0001, port: listener.port) { return socket }
            guard errno == EINTR else {
                fatalError("the listener does not accept: \(String(cString: strerror(errno)))")
            }
            close(socket)
        }
    }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ socket: CInt, _ host: UInt32, port: UInt16
    ) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    // MARK: What stands before the input

    private static func item(_ kind: UInt8, _ body: [UInt8]) -> [UInt8] {
        [kind, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    private static let request: [UInt8] = {
        let title = Array("CXRGATE         ".utf8)
        var body: [UInt8] = [0, 1, 0, 0] + title + title + [UInt8](repeating: 0, count: 32)
        body += item(0x10, Array("1.2.840.10008.3.1.1.1".utf8))
        let classes = ["1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.1.1", "1.2.840.10008.1.20.1"]
        for (number, name) in classes.enumerated() {
            let syntax = item(0x40, Array("1.2.840.10008.1.2".utf8))
            body += item(0x20, [UInt8(2 * number + 1), 0, 0, 0] + item(0x30, Array(name.utf8)) + syntax)
        }
        body += item(0x50, item(0x51, [0, 2, 0, 0]))
        return [1, 0, 0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }()

    private static let store: [UInt8] = {
        func element(_ number: UInt8, _ high: UInt8, _ value: [UInt8]) -> [UInt8] {
            [0, 0, number, high, UInt8(value.count), 0, 0, 0] + value
        }
        let command =
            element(0x02, 0, Array("1.2.840.10008.5.1.4.1.1.1\0".utf8)) + element(0x00, 1, [1, 0])
            + element(0x10, 1, [1, 0]) + element(0x00, 8, [1, 0]) + element(0x00, 0x10, Array("1.2.3\0".utf8))
        let length = UInt8(command.count + 2)
        return [4, 0, 0, 0, 0, length + 4, 0, 0, 0, length, 1, 3] + command
    }()
}
