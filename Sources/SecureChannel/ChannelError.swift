/// Why a collector could not be reached. Safe facts only.
public enum ChannelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name has no address.
    case unknownHost
    /// No connection, or it broke; `errno` of the last try.
    case unreachable(errno: Int32)
    /// A file with certificates or a key cannot be used; which.
    case unusableFile(String)
    /// The server's certificate is not the one that it must be; OpenSSL's number of the reason (X509_V_ERR_…).
    case notTrusted(Int)
    /// No agreement on a TLS connection.
    case handshakeFailed
    /// The peer has closed the connection.
    case closed
    /// Plain connections go to this machine only.
    case plainBeyondLoopback

    /// Stable for ever.
    public var code: String {
        switch self {
        case .unknownHost: "CHN-001"
        case .unreachable: "CHN-002"
        case .unusableFile: "CHN-003"
        case .notTrusted: "CHN-004"
        case .handshakeFailed: "CHN-005"
        case .closed: "CHN-006"
        case .plainBeyondLoopback: "CHN-007"
        }
    }

    public var description: String {
        switch self {
        case .unknownHost: "\(code): the host has no address; look at its name"
        case .unreachable(let errno): "\(code): no connection (errno \(errno)); look at host, port and network"
        case .unusableFile(let what): "\(code): \(what) cannot be used; it must be PEM, and readable"
        case .notTrusted(let reason):
            "\(code): the server's certificate is not trusted (reason \(reason)); give the CA that issued it, and the "
                + "host name that stands in it"
        case .handshakeFailed: "\(code): no TLS connection; does the server speak TLS 1.2, and accept our certificate?"
        case .closed: "\(code): the peer has closed the connection"
        case .plainBeyondLoopback: "\(code): without TLS nothing leaves this machine; use TLS, or a loopback address"
        }
    }
}
