import DICOMCore
import DICOMToolkit
import Foundation
import Synchronization
import Testing

/// Certificates of the test's own, made by OpenSSL's command.
private final class Certificates {
    let folder: URL

    init() throws {
        folder = try TemporaryFolder.make()
        try authority("ca")
        for name in ["server", "client", "revoked"] { try leaf(name, by: "ca", days: 30) }
        try leaf("expired", by: "ca", days: -1)
        try run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=lonely", "-keyout", path("lonely.key"), "-out", path("lonely.pem"))
        try Data().write(to: folder.appendingPathComponent("index"))
        try Data("01\n".utf8).write(to: folder.appendingPathComponent("crlnumber"))
        let configuration = """
            [ca]
            default_ca = own
            [own]
            database = \(path("index"))
            crlnumber = \(path("crlnumber"))
            default_md = sha256
            default_crl_days = 30
            """
        try Data(configuration.utf8).write(to: folder.appendingPathComponent("ca.cnf"))
        let ca = ["-config", path("ca.cnf"), "-keyfile", path("ca.key"), "-cert", path("ca.pem")]
        try run(["ca"] + ca + ["-revoke", path("revoked.pem")])
        try run(["ca"] + ca + ["-gencrl", "-out", path("crl.pem")])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    func pem(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }

    private func authority(_ name: String) throws {
        try run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem"))
    }

    private func leaf(_ name: String, by authority: String, days: Int) throws {
        try run(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", path("\(name).key"), "-out", path("\(name).csr"))
        try Data("subjectAltName=IP:127.0.0.1\n".utf8).write(to: folder.appendingPathComponent("san"))
        try run(
            "x509", "-req", "-in", path("\(name).csr"), "-CA", path("\(authority).pem"), "-CAkey",
            path("\(authority).key"), "-CAcreateserial", "-days", "\(days)", "-extfile", path("san"), "-out",
            path("\(name).pem"))
    }

    private func run(_ arguments: String...) throws { try run(arguments) }
    private func run(_ arguments: [String]) throws {
        let result = try Tool.run("/usr/bin/openssl", arguments)
        guard result.exitCode == 0 else { throw TestFailure("openssl \(arguments[0]): \(result.output)") }
    }

    func material(_ name: String?, authorities: Bool = true, revocations: Bool = false) throws -> TLSMaterial {
        var material = TLSMaterial()
        if let name {
            material.certificate = try pem("\(name).pem")
            material.privateKey = try pem("\(name).key")
        }
        if authorities { material.authorities = try pem("ca.pem") }
        if revocations { material.revocations = try pem("crl.pem") }
        return material
    }
}

@Suite struct TransportSecurityTests {
    private let certificates: Certificates

    init() throws { certificates = try Certificates() }

    private func listener(
        _ recorder: any AssociationHandler, revocations: Bool = false, authorities: Bool = true
    ) throws -> AssociationListener {
        var configuration = ListenerConfiguration(port: 0)
        configuration.bindAddress = "127.0.0.1"
        configuration.acseTimeoutSeconds = 3
        let material = try certificates.material("server", authorities: authorities, revocations: revocations)
        return try AssociationListener(
            configuration: configuration, security: TransportSecurity(material, side: .server), handler: recorder)
    }

    private func client(_ name: String?, _ port: UInt16, authorities: Bool = true) throws -> Peer {
        var target = try peer(port)
        target.security = try TransportSecurity(
            certificates.material(name, authorities: authorities), side: .client)
        return target
    }

    @Test func bothSidesShowCertificatesAndObjectsTravelUntouched() throws {
        let recorder = Recorder()
        let listener = try listener(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let objects = [Specimen.object(1, rows: 900, columns: 700), Specimen.object(2)]
        let outcomes = try StorageRequestor.send(objects, to: client("client", listener.port))
        #expect(outcomes == objects.map { _ in .answered(.success, errorComment: "") })
        #expect(recorder.now.stores.map(\.bytes) == objects.map(\.bytes))
        let admitted = try #require(recorder.now.admitted.first)
        #expect(admitted.isSecure)
        let facts = try #require(CertificateFacts(pem: try certificates.pem("client.pem")))
        #expect(admitted.certificateFingerprint == facts.fingerprint)
        #expect(facts.notAfter - facts.notBefore == 30 * 86_400)
    }

    @Test func aPeerWithoutOrWithABadCertificateIsRefusedAndTheReasonIsTold() throws {
        let cases: [(String?, TLSFailure)] = [
            (nil, .noCertificate), ("expired", .expired), ("lonely", .notTrusted), ("revoked", .revoked),
        ]
        for (name, why) in cases {
            let refusals = Refusals()
            let listener = try listener(refusals, revocations: true)
            #expect(throws: ToolkitError.self) { try StorageRequestor.echo(client(name, listener.port)) }
            listener.stop(graceSeconds: 0)
            #expect(refusals.seen.withLock { $0 } == [why], "\(name ?? "none")")
        }
    }

    @Test func withoutAuthoritiesAFingerprintSpeaksForACertificateButNotForAnExpiredOne() throws {
        let recorder = Recorder()
        let listener = try listener(recorder, authorities: false)
        defer { listener.stop(graceSeconds: 0) }
        let lonely = try #require(CertificateFacts(pem: try certificates.pem("lonely.pem")))
        try StorageRequestor.echo(client("lonely", listener.port))
        #expect(recorder.now.admitted.map(\.certificateFingerprint) == [lonely.fingerprint])
        #expect(throws: ToolkitError.self) { try StorageRequestor.echo(client("expired", listener.port)) }
    }

    @Test func aServerMustBeVouchedForOrHaveTheRegisteredFingerprint() throws {
        let listener = try listener(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        var target = try client("client", listener.port)
        target.fingerprint = try #require(CertificateFacts(pem: try certificates.pem("server.pem"))).fingerprint
        try StorageRequestor.echo(target)
        target.fingerprint = try #require(CertificateFacts(pem: try certificates.pem("client.pem"))).fingerprint
        #expect(throws: ToolkitError.notSecured(.wrongFingerprint)) { try StorageRequestor.echo(target) }
        target.fingerprint = nil
        target.host = "localhost"  // the certificate is for 127.0.0.1
        #expect(throws: ToolkitError.notSecured(.wrongName)) { try StorageRequestor.echo(target) }
    }

    @Test func newCertificatesServeWithoutANewListener() throws {
        let listener = try listener(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        listener.replace(try TransportSecurity(certificates.material("lonely", authorities: true), side: .server))
        var target = try client("client", listener.port)
        target.fingerprint = try #require(CertificateFacts(pem: try certificates.pem("lonely.pem"))).fingerprint
        try StorageRequestor.echo(target)
    }

    @Test func oldVersionsAndSuitesWithoutForwardSecrecyAreRefused() throws {
        let listener = try listener(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        func client(_ options: [String]) throws -> String {
            try Tool.run(
                "/bin/sh",
                [
                    "-c", "exec /usr/bin/openssl s_client \"$@\" </dev/null 2>&1", "s_client", "-connect",
                    "127.0.0.1:\(listener.port)", "-cert", certificates.path("client.pem"), "-key",
                    certificates.path("client.key"), "-CAfile", certificates.path("ca.pem"),
                ] + options
            ).output
        }
        for options in [["-tls1_1"], ["-tls1"], ["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384:AES256-SHA"]] {
            #expect(try client(options).contains("Cipher is (NONE)"), "\(options)")
        }
        #expect(try client(["-tls1_2"]).contains("ECDHE-ECDSA-AES256-GCM-SHA384"))
        #expect(try client(["-tls1_3"]).contains("TLSv1.3"))
    }

    @Test func aHandshakeThatStopsHoldsUpNobody() throws {
        let refusals = Refusals()
        let listener = try listener(refusals)
        defer { listener.stop(graceSeconds: 0) }
        let silent = try (0..<8).map { _ in try RawPeer(port: listener.port) }
        for each in silent { each.send([0x16, 0x03, 0x01]) }
        try StorageRequestor.echo(client("client", listener.port))
        #expect(silent.count == 8)
    }

    @Test func plainBytesOnTheSecurePortAreNoAssociation() throws {
        let listener = try listener(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        #expect(throws: ToolkitError.self) { try StorageRequestor.echo(peer(listener.port)) }
    }

    @Test func materialThatDoesNotFitTogetherIsSaidAtOnce() throws {
        var material = try certificates.material("server")
        material.privateKey = try certificates.pem("client.key")
        #expect(throws: ToolkitError.cannotSecure(.ownCertificate)) {
            try TransportSecurity(material, side: .server)
        }
        material = try certificates.material("server")
        material.authorities = Array("nothing".utf8)
        #expect(throws: ToolkitError.cannotSecure(.authorities)) { try TransportSecurity(material, side: .server) }
    }
}

/// Admits everybody, and keeps why handshakes failed.
private final class Refusals: AssociationHandler {
    let seen = Mutex<[TLSFailure]>([])

    func admit(_ request: AssociationRequest) -> AssociationVerdict { .accept(Recorder.contexts) }
    func noContextAccepted(_ request: AssociationRequest) {}
    func beginStore(_ request: StoreRequest) -> any StoreReceiver { Recorder().beginStore(request) }
    func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {}
    func handshakeFailed(peerAddress: String, why: TLSFailure) { seen.withLock { $0.append(why) } }
}
