import DICOMToolkit
import Foundation

extension MeasuredServer {
    /// Starts a gateway with a data directory of its own and everything on that comes before the answer. Without
    /// `analyses` the images wait in the queue: peers do not analyse either, and the cores are few.
    public static func startGateway(
        executable: String, in parent: String, security: BenchCertificates? = nil, analyses: Bool = false
    ) throws -> MeasuredServer {
        let folder = try Place.folder(in: parent, security == nil ? "gateway" : "gateway-tls")
        let port = try Place.freePort()
        var environment = [
            "CXR_DICOM_PORT": "\(port)", "CXR_DICOM_BIND": "127.0.0.1", "CXR_DATA_DIR": "\(folder)/data",
            "CXR_CONFIG": "/nonexistent", "HOME": folder, "CXR_DICOM_LIMITS_ASSOCIATIONS": "1000",
            "CXR_DICOM_LIMITS_PER_ADDRESS": "1000", "CXR_DICOM_LIMITS_HALF_OPEN": "512",
            "SWIFT_BACKTRACE": "registers=none",
        ]
        var peer = try Place.peer("CXRGATE", port: port)
        var registration = [
            "ae", "add", Place.callingTitle, "--role", "source", "--rate", "100000", "--max-associations", "1000",
        ]
        if let security {
            let securePort = try Place.freePort()
            environment.merge([
                "CXR_DICOM_TLS_PORT": "\(securePort)", "CXR_DICOM_TLS_CERTIFICATE": security.certificateFile,
                "CXR_DICOM_TLS_KEY": security.keyFile, "CXR_DICOM_TLS_AUTHORITIES": security.authorityFile,
            ]) { $1 }
            peer.port = securePort
            peer.security = try security.client()
            registration += ["--tls", "on", "--fingerprint", security.fingerprint]
        }
        let server = try MeasuredServer(
            Recipe(
                name: "cxrgate", peer: peer, syncs: true, isGateway: true, folder: folder, program: executable,
                arguments: analyses ? ["serve"] : ["serve", "--roles", "reception"], environment: environment))
        // The port is open a moment before the administration socket is.
        let started = ContinuousClock.now
        while try !Program.runs(executable, registration, environment: environment) {
            guard started.secondsSince < 30 else {
                throw MeasuringError.serverDoesNotStart("cxrgate", output: "its administration socket does not answer")
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return server
    }
}

/// Other programs that run for a moment.
enum Program {
    /// Runs one; whether it ended well. Throws if it is not there.
    static func runs(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw MeasuringError.program(path) }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
