/// A one-way channel to a collector: what is sent is delivered to the transport; there is no answer.
public protocol Channel: AnyObject {
    /// Sends all the bytes, or throws.
    func send(_ bytes: [UInt8]) throws(ChannelError)
    /// Whether the peer is known to be gone. What was sent before may not have arrived.
    var isClosed: Bool { get }
}

/// Where a collector is, and how it is spoken to.
public struct ChannelPeer: Sendable, Hashable {
    public enum Transport: String, Sendable, Codable, CaseIterable {
        /// Syslog over TLS, octet counting (RFC 5425).
        case tls
        /// The same without TLS, and datagrams (RFC 5426): to this machine only.
        case tcp, udp
    }

    public var host: String
    public var port: UInt16
    public var transport: Transport
    /// PEM file of the authorities that may vouch for the server; `nil` for the system's.
    public var authorities: String?
    /// PEM files of our own certificate and its key, if the server wants one.
    public var certificate: String?
    public var key: String?

    public init(
        host: String, port: UInt16, transport: Transport, authorities: String? = nil, certificate: String? = nil,
        key: String? = nil
    ) {
        self.host = host
        self.port = port
        self.transport = transport
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }

    /// Seconds that one step of a connection may take.
    private static let patienceSeconds = 10

    /// Connects; a TLS server is verified, always.
    public func connect() throws(ChannelError) -> any Channel {
        let socket = try TCPSocket(
            host: host, port: port, isDatagram: transport == .udp, timeoutSeconds: Self.patienceSeconds,
            isLoopbackOnly: transport != .tls)
        return transport == .tls ? try TLSChannel(socket, to: self) : PlainChannel(socket)
    }
}

/// Without TLS.
final class PlainChannel: Channel {
    private let socket: TCPSocket

    init(_ socket: TCPSocket) { self.socket = socket }

    var isClosed: Bool { socket.isClosed }

    func send(_ bytes: [UInt8]) throws(ChannelError) { try socket.send(bytes) }
}
