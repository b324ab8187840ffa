import COpenTLS
import Glibc

/// A TLS client's connection: 1.2 or later, the server's certificate verified against the authorities and the host name,
/// ours shown if there is one. Source: RFC 5425 5; PS3.15 A.6.
@safe final class TLSChannel: Channel {
    private let socket: TCPSocket
    private let context: OpaquePointer
    private let tls: OpaquePointer

    init(_ socket: TCPSocket, to peer: ChannelPeer) throws(ChannelError) {
        self.socket = socket
        unsafe context = try TLSChannel.context(peer)
        guard let tls = unsafe SSL_new(context) else {
            unsafe SSL_CTX_free(context)
            throw .handshakeFailed
        }
        unsafe self.tls = unsafe tls
        // From here on `deinit` frees both.
        var address = in6_addr()
        let isAddress =
            unsafe inet_pton(AF_INET, peer.host, &address) == 1 || inet_pton(AF_INET6, peer.host, &address) == 1
        if !isAddress, unsafe cxr_tls_server_name(tls, peer.host) != 1 { throw .handshakeFailed }
        guard unsafe cxr_tls_expect(tls, peer.host, isAddress ? 1 : 0) == 1,
            unsafe SSL_set_fd(tls, socket.descriptor) == 1
        else { throw .handshakeFailed }
        if unsafe SSL_connect(tls) != 1 {
            let reason = unsafe SSL_get_verify_result(tls)
            ERR_clear_error()
            throw reason == X509_V_OK ? .handshakeFailed : .notTrusted(reason)
        }
    }

    deinit {
        // close_notify: the collector then knows that nothing was cut off (RFC 5425 4.4).
        unsafe SSL_shutdown(tls)
        ERR_clear_error()
        unsafe SSL_free(tls)
        unsafe SSL_CTX_free(context)
    }

    var isClosed: Bool {
        if socket.isClosed { return true }
        return unsafe SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN != 0
    }

    func send(_ bytes: [UInt8]) throws(ChannelError) {
        var written = 0
        ERR_clear_error()
        guard unsafe SSL_write_ex(tls, bytes, bytes.count, &written) == 1, written == bytes.count else {
            ERR_clear_error()
            throw .closed
        }
    }

    private static func context(_ peer: ChannelPeer) throws(ChannelError) -> OpaquePointer {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw .handshakeFailed }
        do throws(ChannelError) {
            guard unsafe cxr_tls_modern_only(context) == 1 else { throw .handshakeFailed }
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
            if let authorities = peer.authorities {
                guard unsafe SSL_CTX_load_verify_file(context, authorities) == 1 else {
                    throw .unusableFile("the file of authorities")
                }
            } else {
                guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
                    throw .unusableFile("the system's store of authorities")
                }
            }
            if let certificate = peer.certificate {
                guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                    throw .unusableFile("our certificate")
                }
                guard unsafe SSL_CTX_use_PrivateKey_file(context, peer.key ?? certificate, SSL_FILETYPE_PEM) == 1,
                    unsafe SSL_CTX_check_private_key(context) == 1
                else { throw .unusableFile("the key of our certificate") }
            }
        } catch {
            ERR_clear_error()
            unsafe SSL_CTX_free(context)
            throw error
        }
        return unsafe context
    }
}
