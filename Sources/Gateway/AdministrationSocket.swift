import Foundation
import Synchronization

/// The Unix socket through which the command line reaches a running gateway: one request and one answer per
/// connection, each a line of JSON. The kernel says which user is calling; only the gateway's own user and root are
/// answered.
final class AdministrationSocket: Sendable {
    private let listener: Int32
    private let path: String
    private let perform: @Sendable (AdministrationRequest, String) -> AdministrationAnswer

    /// Longest request, in bytes.
    private static let requestLimit = 64 * 1024
    /// Seconds a caller may take to state its request.
    private static let patienceSeconds = 5

    init(
        path: String, perform: @escaping @Sendable (AdministrationRequest, String) -> AdministrationAnswer
    ) throws(GatewayError) {
        self.path = path
        self.perform = perform
        unsafe unlink(path)
        listener = try UnixSocket.listen(path)
        let thread = Thread { [self] in acceptCallers() }
        thread.name = "administration"
        thread.start()
    }

    func stop() {
        unsafe unlink(path)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptCallers() {
        while true {
            let caller = accept(listener, nil, nil)
            if caller < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                close(listener)
                return
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
        guard let user = UnixSocket.peerUser(caller), user == geteuid() || user == 0 else { return }
        guard let line = UnixSocket.readLine(caller, limit: Self.requestLimit),
            let request = try? JSONDecoder().decode(AdministrationRequest.self, from: Data(line))
        else { return }
        let answer = perform(request, UnixSocket.name(ofUser: user))
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
