import Foundation
import Synchronization

/// The Unix socket through which the command line reaches a running gateway: one request and one answer per
/// connection, each a line of JSON. The kernel says which user is calling; what that user may do is looked up.
final class AdministrationSocket: Sendable {
    private let listener: Int32
    private let path: String
    private let perform: @Sendable (AdministrationRequest, Caller) -> AdministrationAnswer

    private let isStopped = Mutex(false)

    /// Seconds before another try when the kernel gave no descriptor.
    private static let pauseSeconds = 0.05
    /// Longest request, in bytes.
    private static let requestLimit = 64 * 1024
    /// Seconds a caller may take to state its request.
    private static let patienceSeconds = 5

    init(
        path: String, isShared: Bool = false,
        perform: @escaping @Sendable (AdministrationRequest, Caller) -> AdministrationAnswer
    ) throws(GatewayError) {
        self.path = path
        self.perform = perform
        unsafe unlink(path)
        listener = try UnixSocket.listen(path, isShared: isShared)
        let thread = Thread { [self] in acceptCallers() }
        thread.name = "administration"
        thread.start()
    }

    func stop() {
        isStopped.withLock { $0 = true }
        unsafe unlink(path)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptCallers() {
        while true {
            let caller = accept(listener, nil, nil)
            if caller < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                if isStopped.withLock({ $0 }) {
                    close(listener)
                    return
                }
                // Out of descriptors or memory: that passes, and the door must be open when it has.
                Thread.sleep(forTimeInterval: Self.pauseSeconds)
                continue
            }
            let thread = Thread { [self] in
                serve(caller)
                close(caller)
            }
            thread.start()
        }
    }

    private func serve(_ caller: Int32) {
        UnixSocket.setTimeout(caller, seconds: Self.patienceSeconds)
        guard let user = UnixSocket.peerUser(caller) else { return }
        guard let line = UnixSocket.readLine(caller, limit: Self.requestLimit),
            let request = try? JSONDecoder().decode(AdministrationRequest.self, from: Data(line))
        else { return }
        let answer = perform(request, Caller(user: user, groups: UnixSocket.groups(ofUser: user)))
        guard let bytes = try? JSONEncoder().encode(answer) else { return }
        UnixSocket.writeAll(caller, Array(bytes) + [UInt8(ascii: "\n")])
    }
}

/// The caller's side.
public enum AdministrationClient {
    /// Asks the gateway that works on a data directory; `nil` if none listens.
    public static func ask(_ request: AdministrationRequest, socket: String) throws -> AdministrationAnswer? {
        guard let connection = UnixSocket.connect(socket) else { return nil }
        defer { close(connection) }
        UnixSocket.writeAll(connection, Array(try JSONEncoder().encode(request)) + [UInt8(ascii: "\n")])
        guard let line = UnixSocket.readLine(connection, limit: 256 * 1024 * 1024) else {
            throw GatewayError.badRequest("the gateway closed the connection without an answer")
        }
        return try JSONDecoder().decode(AdministrationAnswer.self, from: Data(line))
    }
}
