import Glibc

/// A TCP client that says exactly what a test wants, and PDUs built by hand (PS3.8 9.3).
final class RawPeer {
    let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let failure = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failure == 0 else { throw TestFailure("cannot connect: \(errno)") }
        // Only a defect makes a test wait that long.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Takes over a connection that was accepted.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var position = 0
        while position < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: position), $0.count - position, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            position += count
        }
    }

    /// Exactly so many bytes; fewer when the other end closed.
    func receive(_ wanted: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: wanted)
        var position = 0
        while position < wanted {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress?.advanced(by: position), $0.count - position, 0)
            }
            if count <= 0 { break }
            position += count
        }
        return Array(bytes.prefix(position))
    }

    /// The next PDU: type and body; `nil` when the other end closed.
    func receivePDU() -> (type: UInt8, body: [UInt8])? {
        let head = receive(6)
        guard head.count == 6 else { return nil }
        let length = head[2...5].reduce(0) { $0 << 8 | Int($1) }
        return (head[0], receive(length))
    }

    /// Everything until the other end closes.
    func receiveAll() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = receive(1)
            if more.isEmpty { return all }
            all += more
        }
    }

    /// Opens an association with one context (identifier 1) and returns the type of the answer.
    func associate(_ abstractSyntax: String, _ transferSyntaxes: [String] = ["1.2.840.10008.1.2.1"]) -> UInt8? {
        send(PDU.associateRequest(abstractSyntax, transferSyntaxes))
        return receivePDU()?.type
    }
}

/// Upper layer PDUs and command sets.
enum PDU {
    static func wrap(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0] + big(UInt32(body.count)) + body
    }

    static func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func item(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    static func associateRequest(
        _ abstractSyntax: String, _ transferSyntaxes: [String], calling: String = "MODALITY1",
        called: String = "CXRGATE", maxPDU: UInt32 = 16_384, applicationContext: String = "1.2.840.10008.3.1.1.1"
    ) -> [UInt8] {
        let context =
            [1, 0, 0, 0] + item(0x30, Array(abstractSyntax.utf8))
            + transferSyntaxes.flatMap { item(0x40, Array($0.utf8)) }
        let user = item(0x51, big(maxPDU)) + item(0x52, Array("1.2.3".utf8))
        let body =
            [0, 1, 0, 0] + padded(called) + padded(calling) + [UInt8](repeating: 0, count: 32)
            + item(0x10, Array(applicationContext.utf8)) + item(0x20, context) + item(0x50, user)
        return wrap(1, body)
    }

    static func padded(_ title: String) -> [UInt8] {
        Array((Array(title.utf8) + [UInt8](repeating: 0x20, count: 16)).prefix(16))
    }

    static func data(_ bytes: [UInt8], command: Bool, last: Bool, context: UInt8 = 1) -> [UInt8] {
        wrap(4, big(UInt32(bytes.count + 2)) + [context, (command ? 1 : 0) | (last ? 2 : 0)] + bytes)
    }

    static let releaseRequest = wrap(5, [0, 0, 0, 0])
    static let abort = wrap(7, [0, 0, 0, 0])

    static func element(_ number: Int, _ value: [UInt8]) -> [UInt8] {
        little(0, 2) + little(number, 2) + little(value.count, 4) + value
    }

    static func text(_ number: Int, _ value: String) -> [UInt8] {
        element(number, Array(value.utf8) + (value.utf8.count % 2 == 1 ? [0] : []))
    }

    /// A request with one data set to follow, or none.
    static func command(
        field: Int, sopClass: String, sopInstance: String = "1.2.3.4", messageID: Int = 7, hasDataSet: Bool
    ) -> [UInt8] {
        let elements =
            text(0x0002, sopClass) + element(0x0100, little(field, 2)) + element(0x0110, little(messageID, 2))
            + element(0x0700, [0, 0]) + element(0x0800, little(hasDataSet ? 1 : 0x0101, 2)) + text(0x1000, sopInstance)
        return element(0, little(elements.count, 4)) + elements
    }

    /// The value of a 16-bit element of a command set inside a P-DATA-TF body with one PDV.
    static func number(_ number: Int, in body: [UInt8]) -> Int? {
        value(number, in: body).map { Int($0[0]) | Int($0[1]) << 8 }
    }

    static func value(_ number: Int, in body: [UInt8]) -> [UInt8]? {
        var position = 6
        while position + 8 <= body.count {
            let element = Int(body[position + 2]) | Int(body[position + 3]) << 8
            let length = Int(body[position + 4]) | Int(body[position + 5]) << 8
            guard position + 8 + length <= body.count else { return nil }
            if element == number { return Array(body[position + 8..<position + 8 + length]) }
            position += 8 + length
        }
        return nil
    }
}
