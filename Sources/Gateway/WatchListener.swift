import Foundation
import Synchronization
import Watching

/// A listener for HTTP on the loopback: one short question and one answer per connection, a bounded number of
/// connections, a bounded time for each.
final class WatchListener: Sendable {
    let port: UInt16
    private let listener: Int32
    private let paths: Set<String>
    private let answer: @Sendable (String) -> HTTPResponse
    private let open = Mutex(0)

    /// Connections at a time; beyond, a caller is cut off. Prometheus and a few people want no more.
    private static let mostConnections = 32
    /// Milliseconds that a caller gets to state its question and to take the answer.
    private static let patience: Int64 = 5000

    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - paths: what may be asked for.
    ///   - answer: called from several threads.
    init(port: UInt16, paths: [String], answer: @escaping @Sendable (String) -> HTTPResponse) throws(GatewayError) {
        self.paths = Set(paths)
        self.answer = answer
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw .system("socket", errno) }
        var yes: Int32 = 1
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let isBound = unsafe bind(listener, address, length) == 0 && listen(listener, 16) == 0
                return unsafe isBound && getsockname(listener, address, &length) == 0
            }
        }
        guard bound else {
            let failure = errno
            close(listener)
            throw .system("binding watch.port on the loopback", failure)
        }
        self.listener = listener
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// Serves until the process ends.
    func run() -> Never {
        while true {
            let caller = accept(listener, nil, nil)
            guard caller >= 0 else {
                // Out of descriptors or memory, or a caller that is gone already: all of that passes.
                Thread.sleep(forTimeInterval: 0.01)
                continue
            }
            let isAdmitted = open.withLock { open in
                guard open < Self.mostConnections else { return false }
                open += 1
                return true
            }
            guard isAdmitted else {
                close(caller)
                continue
            }
            let thread = Thread { [self] in
                serve(caller)
                close(caller)
                open.withLock { $0 -= 1 }
            }
            thread.start()
        }
    }

    private func serve(_ caller: Int32) {
        let deadline = Self.now() + Self.patience
        guard let head = Self.readHead(caller, until: deadline) else { return }
        var isHead = false
        let response: HTTPResponse
        if let request = HTTPRequest(head) {
            isHead = request.method == "HEAD"
            response = respond(to: request)
        } else {
            response = HTTPResponse(status: 400, body: "not a request of HTTP/1.1\n")
        }
        Self.write(response.bytes(isHead: isHead), to: caller, until: Self.now() + Self.patience)
        shutdown(caller, Int32(SHUT_WR))
        // What the caller still says is taken off the line, or the kernel would throw the answer away (RFC 9112, 9.6).
        Self.drain(caller, until: deadline)
    }

    private func respond(to request: HTTPRequest) -> HTTPResponse {
        guard request.isForLoopback else {
            return HTTPResponse(status: 421, body: "ask for 127.0.0.1 or localhost\n")
        }
        guard paths.contains(request.path) else {
            return HTTPResponse(status: 404, body: "there is: \(paths.sorted().joined(separator: " "))\n")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return HTTPResponse(status: 405, body: "only GET\n")
        }
        return answer(request.path)
    }

    // MARK: - Bytes within a time

    private static func now() -> Int64 { HostClock.system.steady() }

    /// Whether the socket can be read or written before the deadline.
    private static func waits(_ socket: Int32, for events: Int16, until deadline: Int64) -> Bool {
        while true {
            let left = deadline - now()
            guard left > 0 else { return false }
            var waiting = pollfd(fd: socket, events: events, revents: 0)
            let ready = unsafe poll(&waiting, 1, Int32(left))
            if ready < 0, errno == EINTR { continue }
            return ready > 0
        }
    }

    private static func readHead(_ socket: Int32, until deadline: Int64) -> [UInt8]? {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while head.count <= HTTPRequest.longestHead {
            guard waits(socket, for: Int16(POLLIN), until: deadline) else { return nil }
            let count = unsafe recv(socket, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return nil }
            head += buffer[..<count]
            if HTTPRequest.isComplete(head) { return head }
        }
        return head
    }

    private static func write(_ bytes: [UInt8], to socket: Int32, until deadline: Int64) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard waits(socket, for: Int16(POLLOUT), until: deadline) else { return }
            let part = Array(rest.prefix(65_536))
            let count = unsafe send(socket, part, part.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func drain(_ socket: Int32, until deadline: Int64) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while waits(socket, for: Int16(POLLIN), until: deadline), unsafe recv(socket, &buffer, buffer.count, 0) > 0 {}
    }
}
