import DICOMCore
import DICOMToolkit
import Foundation

/// A storage server that was started to be measured, in a folder of its own; it ends, and its folder goes, with this.
public final class MeasuredServer {
    /// What it is called in tables.
    public let name: String
    public let peer: Peer
    /// Whether what it has answered is synced already.
    private let syncs: Bool
    private let isGateway: Bool
    private let folder: String
    private let process: Process

    /// Seconds that a server gets until it takes associations, and to end.
    private static let patience = 60.0
    /// Larger files below the folder are images, not the server's own books.
    private static let smallestImage = 64 << 10

    /// How a server is started.
    struct Recipe {
        var name: String
        var peer: Peer
        var syncs: Bool
        var isGateway = false
        var folder: String
        var program: String
        var arguments: [String]
        var environment: [String: String] = [:]
    }

    /// Starts it, and returns when it takes associations or refuses them in good form.
    init(_ recipe: Recipe) throws {
        name = recipe.name
        peer = recipe.peer
        syncs = recipe.syncs
        isGateway = recipe.isGateway
        folder = recipe.folder
        process = Process()
        process.executableURL = URL(fileURLWithPath: recipe.program)
        process.arguments = recipe.arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"].merging(recipe.environment) { $1 }
        process.currentDirectoryURL = URL(fileURLWithPath: recipe.folder)
        let log = "\(recipe.folder)/log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do { try process.run() } catch { throw MeasuringError.program(recipe.program) }
        isStarted = true
        let started = ContinuousClock.now
        while !answers() {
            guard process.isRunning, started.secondsSince < Self.patience else {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                end()
                throw MeasuringError.serverDoesNotStart(name, output: String(text.suffix(500)))
            }
            // Foundation notices the end of a process in the run loop of the thread that started it.
            RunLoop.current.run(until: Date(timeIntervalSinceNow: 0.05))
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    deinit { end() }

    /// From the start of the process until it has been waited for.
    private var isStarted = false

    private func answers() -> Bool {
        do throws(ToolkitError) {
            try StorageRequestor.echo(peer)
            return true
        } catch {
            if case .rejected = error { return true }
            return false
        }
    }

    private func end() {
        let number = process.processIdentifier
        if isStarted {
            isStarted = false
            // It was started on a thread of Dispatch, which blocks signals, and a foreign program inherits that: it would
            // never hear of SIGTERM. It is thrown away with its folder, so nothing is lost by the hard way.
            if !isGateway { kill(number, SIGKILL) }
            let last = DispatchWorkItem { kill(number, SIGKILL) }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience, execute: last)
            process.terminate()
            process.waitUntilExit()
            last.cancel()
        }
        // What cannot be removed lies in a temporary folder.
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Puts a load on it, and takes down what its processes used; then throws what it stored away.
    public func bear(_ load: Load) throws -> LoadFigures {
        let watch = ProcessWatch(process.processIdentifier)
        var figures: LoadFigures
        do {
            figures = try load.run(on: peer)
        } catch {
            _ = watch.stop()
            throw error
        }
        let used = watch.stop()
        figures.processorSeconds = used.processorSeconds
        figures.peakBytes = used.peakBytes
        let images = images()
        if !syncs { figures.syncSeconds = Self.sync(images) }
        for path in images { try? FileManager.default.removeItem(atPath: path) }
        guard figures.failures.isEmpty else {
            throw MeasuringError.refused(server: name, reasons: figures.failures)
        }
        return figures
    }

    private func images() -> [String] {
        Files.below(folder).filter { path in
            var status = stat()
            return unsafe stat(path, &status) == 0 && Int(status.st_size) >= Self.smallestImage
                && !path.hasSuffix(".sqlite") && !path.hasSuffix("-wal") && !path.hasSuffix("/index")
        }
    }

    /// Seconds that it takes to make files durable: these alone, since others use the disk as well.
    private static func sync(_ paths: [String]) -> Double {
        let started = ContinuousClock.now
        for path in paths {
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            _ = fdatasync(descriptor)
            _ = close(descriptor)
        }
        return started.secondsSince
    }
}

/// Ports and folders for servers of ours.
enum Place {
    /// A TCP port of the loopback that nobody listens on.
    static func freePort() throws(MeasuringError) -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw .program("a socket") }
        defer { _ = close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw .program("a socket") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A server of ours at this port of the loopback, and who we are to it.
    static func peer(_ called: String, port: UInt16) throws(MeasuringError) -> Peer {
        guard let called = AETitle(called), let calling = AETitle(callingTitle) else { throw .program(called) }
        return Peer(host: "127.0.0.1", port: port, aeTitle: called, callingAETitle: calling)
    }

    static let callingTitle = "BENCH"

    /// A new folder, for its owner alone.
    static func folder(in parent: String, _ name: String) throws -> String {
        let path = "\(parent)/\(name)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }
}
