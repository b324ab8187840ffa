import DICOMToolkit
import Foundation

/// An authority and one certificate, made by OpenSSL's command for a run; both sides show the same.
public struct BenchCertificates: Sendable {
    let authorityFile: String
    let certificateFile: String
    let keyFile: String
    let fingerprint: String

    /// RSA, which every peer takes; days are few, since the folder goes with the run.
    public init(in parent: String) throws {
        let folder = try Place.folder(in: parent, "certificates")
        authorityFile = "\(folder)/authority.pem"
        certificateFile = "\(folder)/bench.pem"
        keyFile = "\(folder)/bench.key"
        let names = "\(folder)/names"
        try Data("subjectAltName=IP:127.0.0.1\n".utf8).write(to: URL(fileURLWithPath: names))
        let steps = [
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder)/authority.key", "-days", "2",
                "-subj", "/CN=Bench authority", "-out", authorityFile,
            ],
            [
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-subj", "/CN=bench", "-out",
                "\(folder)/request",
            ],
            [
                "x509", "-req", "-in", "\(folder)/request", "-CA", authorityFile, "-CAkey", "\(folder)/authority.key",
                "-CAcreateserial", "-days", "2", "-extfile", names, "-out", certificateFile,
            ],
        ]
        for step in steps {
            guard try Program.runs("/usr/bin/openssl", step) else { throw MeasuringError.program("openssl") }
        }
        let pem = [UInt8](try Data(contentsOf: URL(fileURLWithPath: certificateFile)))
        guard let facts = CertificateFacts(pem: pem) else { throw MeasuringError.program("openssl") }
        fingerprint = facts.fingerprint
    }

    /// What a sender shows, and whom it trusts.
    func client() throws -> TransportSecurity {
        func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
        var material = TLSMaterial()
        material.certificate = try bytes(certificateFile)
        material.privateKey = try bytes(keyFile)
        material.authorities = try bytes(authorityFile)
        return try TransportSecurity(material, side: .client)
    }
}
