import DICOMCore
import DICOMToolkit
import Foundation

/// A load sent by DCMTK's stock `storescu`, as a modality without tuning: each association is a process with its files.
struct StorescuLoad {
    private let load: Load
    private let image: TestImage
    private let folder: String

    static let program = "/usr/bin/storescu"

    init(_ load: Load, _ image: TestImage, _ folder: String) {
        self.load = load
        self.image = image
        self.folder = folder
    }

    func run(on peer: Peer) throws -> LoadFigures {
        var image = image
        var processes: [Process] = []
        for association in 0..<load.associations {
            var files: [String] = []
            for index in 0..<load.share(of: association) {
                image.renew(number: load.first(of: association) + index)
                let path = "\(folder)/\(association)-\(index).dcm"
                try Data(image.file()).write(to: URL(fileURLWithPath: path))
                files.append(path)
            }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: Self.program)
            // As shipped: whatever the caller's environment says about Nagle's algorithm does not hold.
            process.environment = ["PATH": "/usr/bin:/bin"]
            process.arguments =
                ["-R", "-aet", peer.callingAETitle.value, "-aec", peer.aeTitle.value, peer.host, "\(peer.port)"] + files
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            processes.append(process)
        }
        defer { for name in Files.below(folder) { try? FileManager.default.removeItem(atPath: name) } }
        let started = ContinuousClock.now
        for process in processes {
            do { try process.run() } catch { throw MeasuringError.program("storescu") }
        }
        for process in processes { process.waitUntilExit() }
        let seconds = started.secondsSince
        let failed = processes.filter { $0.terminationStatus != 0 }.count
        let count = failed == 0 ? load.count : 0
        return LoadFigures(
            seconds: seconds, count: count, bytes: count * image.object.bytes.count, latencies: [],
            failures: failed == 0 ? [:] : ["storescu failed": failed])
    }
}

/// Files of a folder and of the folders below it.
enum Files {
    static func below(_ folder: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        var isFolder: ObjCBool = false
        return walk.compactMap { $0 as? String }.map { "\(folder)/\($0)" }.filter { path in
            unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }
}
