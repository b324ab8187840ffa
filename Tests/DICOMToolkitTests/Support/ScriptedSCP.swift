import Foundation
import Glibc
import Synchronization

/// Accepts one association on one context (identifier 1), and answers each message by a script.
final class ScriptedSCP: Sendable {
    /// A request: its command field, message id, and the bytes of its data set.
    struct Message: Sendable {
        let field: Int
        let messageID: Int
        let dataSet: [UInt8]
    }

    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Message]>([])

    var messages: [Message] { seen.withLock { $0 } }

    /// - Parameter script: the PDUs to answer a message with.
    init(
        transferSyntax: String = "1.2.840.10008.1.2.1", script: @escaping @Sendable (Message) -> [[UInt8]]
    ) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failure = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && Glibc.listen(descriptor, 5) == 0
                    ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard failure == 0 else { throw TestFailure("cannot listen") }
        port = UInt16(bigEndian: address.sin_port)
        listener = descriptor
        let thread = Thread { [self] in
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return }
            serve(RawPeer(descriptor: connection), transferSyntax, script)
        }
        thread.start()
    }

    deinit { close(listener) }

    private func serve(_ peer: RawPeer, _ transferSyntax: String, _ script: (Message) -> [[UInt8]]) {
        guard let request = peer.receivePDU(), request.type == 1 else { return }
        let context = [1, 0, 0, 0] + PDU.item(0x40, Array(transferSyntax.utf8))
        let user = PDU.item(0x51, PDU.big(16_384)) + PDU.item(0x52, Array("1.2.3".utf8))
        let body =
            Array(request.body[..<68]) + PDU.item(0x10, Array("1.2.840.10008.3.1.1.1".utf8))
            + PDU.item(0x21, context) + PDU.item(0x50, user)
        peer.send(PDU.wrap(2, body))
        var command: [UInt8]?
        var dataSet: [UInt8] = []
        while let pdu = peer.receivePDU() {
            if pdu.type == 5 {
                peer.send(PDU.wrap(6, [0, 0, 0, 0]))
                return
            }
            guard pdu.type == 4 else { return }
            let isCommand = pdu.body[5] & 1 == 1
            if isCommand { command = pdu.body } else { dataSet += pdu.body[6...] }
            guard let head = command, let field = PDU.number(0x0100, in: head) else { return }
            let isResponse = field & 0x8000 != 0
            let hasDataSet = PDU.number(0x0800, in: head) != 0x0101
            guard pdu.body[5] & 2 == 2, isCommand != hasDataSet else { continue }
            let message = Message(
                field: field, messageID: PDU.number(isResponse ? 0x0120 : 0x0110, in: head) ?? 0, dataSet: dataSet)
            seen.withLock { $0.append(message) }
            for answer in script(message) { peer.send(answer) }
            command = nil
            dataSet = []
        }
    }
}

extension PDU {
    /// A response command in a PDU of its own.
    static func response(
        to message: ScriptedSCP.Message, status: Int, hasDataSet: Bool = false
    ) -> [UInt8] {
        let elements =
            element(0x0100, little(message.field | 0x8000, 2)) + element(0x0120, little(message.messageID, 2))
            + element(0x0800, little(hasDataSet ? 1 : 0x0101, 2)) + element(0x0900, little(status, 2))
        return data(element(0, little(elements.count, 4)) + elements, command: true, last: true)
    }

    /// An N-EVENT-REPORT of Storage Commitment in two PDUs.
    static func eventReport(type: Int, dataSet: [UInt8], messageID: Int = 9) -> [[UInt8]] {
        let elements =
            text(0x0002, "1.2.840.10008.1.20.1") + element(0x0100, little(0x0100, 2))
            + element(0x0110, little(messageID, 2)) + element(0x0800, little(1, 2))
            + text(0x1000, "1.2.840.10008.1.20.1.1") + element(0x1002, little(type, 2))
        return [
            data(element(0, little(elements.count, 4)) + elements, command: true, last: true),
            data(dataSet, command: false, last: true),
        ]
    }
}
