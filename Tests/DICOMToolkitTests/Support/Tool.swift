import Foundation
import Glibc

/// Foreign programs, by absolute path.
enum Tool {
    struct Result {
        let exitCode: Int32
        /// Standard output and standard error together.
        let output: String
    }

    /// Runs a program to its end.
    static func run(_ path: String, _ arguments: [String]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(exitCode: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    /// A port that was free a moment ago, for programs that cannot choose one themselves.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failure = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard failure == 0 else { throw TestFailure("no free port") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// DCMTK's storescp, running until `stop`.
    final class StoreSCP {
        let port: UInt16
        let folder: URL
        private let process = Process()

        init(_ options: [String] = []) throws {
            port = try Tool.freePort()
            folder = try TemporaryFolder.make()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/storescp")
            process.arguments = options + ["-od", folder.path, String(port)]
            process.environment = ["TCP_NODELAY": "1"]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<600 {
                if (try? RawPeer(port: port)) != nil { return }
                usleep(50_000)
            }
            throw TestFailure("storescp does not listen")
        }

        func stop() {
            kill(process.processIdentifier, SIGKILL)  // it does not listen to SIGTERM
            process.waitUntilExit()
            try? FileManager.default.removeItem(at: folder)
        }

        /// What it stored, by name.
        func files() throws -> [[UInt8]] {
            try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .sorted { $0.path < $1.path }.map { Array(try Data(contentsOf: $0)) }
        }
    }
}

enum TemporaryFolder {
    static func make() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("toolkit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
}
