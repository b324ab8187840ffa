import CDCMTK

/// What one side of a secured connection shows and whom it trusts; everything in PEM, empty where there is none.
public struct TLSMaterial: Sendable {
    /// Our own certificate first, then those that vouch for it.
    public var certificate: [UInt8] = []
    /// Of our own certificate, without passphrase.
    public var privateKey: [UInt8] = []
    /// Who vouches for peers. Without them a peer is known by the fingerprint of its certificate alone.
    public var authorities: [UInt8] = []
    /// The authorities' lists of revoked certificates.
    public var revocations: [UInt8] = []
    /// As a server: no association without a certificate of the peer.
    public var wantsPeerCertificate = true

    public init() {}
}

/// Certificates and rules for secured connections: TLS 1.2 with ECDHE and authenticated encryption, and TLS 1.3.
///
/// Source: PS3.15 B.12 (BCP 195, RFC 9325).
public final class TransportSecurity: Sendable {
    public enum Side: Sendable { case server, client }

    private let owner: Owner

    /// Freed with the last user of this object; OpenSSL's own counts keep what open sessions need.
    @safe private struct Owner: @unchecked Sendable { let pointer: OpaquePointer }

    /// Throws `cannotSecure` when certificate, key or authorities cannot be read or do not fit together.
    public init(_ material: TLSMaterial, side: Side) throws(ToolkitError) {
        var why: Int32 = 0
        let made = unsafe material.certificate.withUnsafeBufferPointer { certificate in
            unsafe material.privateKey.withUnsafeBufferPointer { key in
                unsafe material.authorities.withUnsafeBufferPointer { authorities in
                    unsafe material.revocations.withUnsafeBufferPointer { revocations in
                        var values = unsafe cdcmtk_tls_material(
                            certificate: certificate.baseAddress, certificate_count: certificate.count,
                            private_key: key.baseAddress, private_key_count: key.count,
                            authorities: authorities.baseAddress, authorities_count: authorities.count,
                            revocations: revocations.baseAddress, revocations_count: revocations.count,
                            is_server: side == .server, wants_peer_certificate: material.wantsPeerCertificate)
                        return unsafe cdcmtk_tls_new(&values, &why)
                    }
                }
            }
        }
        guard let made = unsafe made else { throw .cannotSecure(TLSFailure(rawValue: why) ?? .protocolMismatch) }
        owner = unsafe Owner(pointer: made)
    }

    deinit { unsafe cdcmtk_tls_free(owner.pointer) }

    /// Valid while `self` lives.
    var handle: OpaquePointer { unsafe owner.pointer }
}

/// Why a secured connection did not come about.
public enum TLSFailure: Int32, Sendable, Hashable, CaseIterable {
    case protocolMismatch = 1
    case noCertificate = 2
    case notTrusted = 3
    case expired = 4
    case revoked = 5
    case wrongName = 6
    case wrongFingerprint = 7
    case timedOut = 8
    case connectionLost = 9
    case refusedByPeer = 10
    case ownCertificate = 11
    case authorities = 12

    /// In words for an administrator.
    public var meaning: String {
        switch self {
        case .protocolMismatch: "no common TLS version or cipher suite, or no TLS at all on that port"
        case .noCertificate: "the peer showed no certificate"
        case .notTrusted: "nobody whom we trust vouches for the peer's certificate"
        case .expired: "the peer's certificate has expired or is not valid yet"
        case .revoked: "the peer's certificate has been revoked"
        case .wrongName: "the peer's certificate is for another host"
        case .wrongFingerprint: "the peer's certificate has another fingerprint than the registered one"
        case .timedOut: "the TLS handshake did not end in time"
        case .connectionLost: "the connection broke during the TLS handshake"
        case .refusedByPeer: "the peer refused our certificate"
        case .ownCertificate: "our own certificate or key cannot be read, or they do not belong together"
        case .authorities: "the certificates of authorities or the revocation lists cannot be read"
        }
    }
}

/// What a certificate says of itself.
public struct CertificateFacts: Sendable, Hashable {
    /// Seconds since 1970-01-01 UTC.
    public let notBefore: Int64
    public let notAfter: Int64
    /// SHA-256 of its DER form, 64 lower-case hexadecimal digits.
    public let fingerprint: String

    /// Reads the first certificate of a PEM text; `nil` if there is none.
    public init?(pem: [UInt8]) {
        var facts = cdcmtk_certificate()
        guard unsafe pem.withUnsafeBufferPointer({ unsafe cdcmtk_certificate_read($0.baseAddress, $0.count, &facts) })
        else { return nil }
        notBefore = facts.not_before
        notAfter = facts.not_after
        fingerprint = unsafe withUnsafeBytes(of: &facts.fingerprint) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
