import DICOMToolkit
import Foundation
import Synchronization

/// Our certificates as they lie in their files now: read again when a file changes, so that a renewal needs no restart.
final class TLSKeeper: Sendable {
    private struct State {
        var stamp: [String] = []
        var security: TransportSecurity?
    }

    private let settings: NetworkSettings
    private let side: TransportSecurity.Side
    private let state = Mutex(State())

    /// Certificates that expire within so many days are warned of.
    static let warningDays: Int64 = 30
    /// A certificate file is a few kilobytes; an authority bundle some hundred.
    private static let fileLimit = 4 << 20

    init(_ settings: NetworkSettings, side: TransportSecurity.Side) {
        self.settings = settings
        self.side = side
    }

    /// The certificates, and whether they are others than at the last call. Throws `cannotSecure`, also when a file
    /// cannot be read; what was returned before stays usable.
    func current() throws(ToolkitError) -> (security: TransportSecurity, isNew: Bool) {
        let stamp = paths.map(Self.stamp)
        if let known = state.withLock({ $0.stamp == stamp ? $0.security : nil }) { return (known, false) }
        var material = TLSMaterial()
        if settings.hasCertificate {
            material.certificate = try Self.read(settings.certificate, .ownCertificate)
            material.privateKey = try Self.read(settings.privateKey, .ownCertificate)
        }
        if !settings.authorities.isEmpty { material.authorities = try Self.read(settings.authorities, .authorities) }
        if !settings.revocations.isEmpty { material.revocations = try Self.read(settings.revocations, .authorities) }
        material.wantsPeerCertificate = settings.clientCertificates == .required
        let made = try TransportSecurity(material, side: side)
        state.withLock { $0 = State(stamp: stamp, security: made) }
        return (made, true)
    }

    private var paths: [String] {
        [settings.certificate, settings.privateKey, settings.authorities, settings.revocations]
    }

    /// Changes with every replacement of a file; empty for none.
    private static func stamp(_ path: String) -> String {
        var facts = stat()
        guard !path.isEmpty, unsafe stat(path, &facts) == 0 else { return "" }
        return "\(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec) \(facts.st_mtim.tv_nsec)"
    }

    private static func read(_ path: String, _ why: TLSFailure) throws(ToolkitError) -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= fileLimit else {
            throw .cannotSecure(why)
        }
        return Array(bytes)
    }

    /// What our own certificate says; `nil` if there is none that can be read.
    static func ownCertificate(_ settings: NetworkSettings) -> CertificateFacts? {
        guard settings.hasCertificate, let bytes = try? read(settings.certificate, .ownCertificate) else { return nil }
        return CertificateFacts(pem: bytes)
    }
}
