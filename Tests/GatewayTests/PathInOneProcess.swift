import DICOMCore
import DICOMStream
import Durability
import Foundation
import Journal
import ModelCard
import Phantom
import Sealing
import Synchronization
import Watching
import WorkQueue

@testable import Gateway
@testable import Reception

/// The three roles on one recorded disk, in one process; remembers what the database held after each commit.
final class PathInOneProcess: Sendable {
    /// The state of the database after a commit, and how many disk operations had happened by then.
    struct Snapshot: Sendable {
        let operations: Int
        let database: [String: [UInt8]]
    }

    /// A C-STORE that was answered with Success, and how many disk operations had happened by then.
    struct Success: Sendable {
        let operations: Int
        let sopInstanceUID: UID
    }

    let folder: String
    let directory: DataDirectory
    let disk: RecordingDisk
    let ring: KeyRing
    let store: Store
    private let keeper: JournalKeeper
    private let state = Mutex<(snapshots: [Snapshot], successes: [Success])>(([], []))
    private let links: [PacketSocket]
    private let intake: Intake
    private let roles: [RoleHouse]

    var snapshots: [Snapshot] { state.withLock { $0.snapshots } }
    var successes: [Success] { state.withLock { $0.successes } }

    init() throws {
        folder = NSTemporaryDirectory() + "cxrgate-path-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let directory = DataDirectory(folder)
        self.directory = directory
        let disk = try RecordingDisk(RealDisk(), root: folder)
        self.disk = disk
        try directory.create(disk: disk)
        ring = try KeyRing.create(in: directory.keys)
        let store = try Store(path: directory.database)
        self.store = store
        guard let key = ring.secrets(for: .supervisor).journalKey else { throw GatewayError.keys("no journal key") }
        let keeper = try JournalKeeper(store: store, directory: directory, disk: disk, key: key)
        self.keeper = keeper

        var configuration = GatewayConfiguration()
        configuration.dataDirectory = folder
        configuration.quietSeconds = 0
        configuration.heatmap = .always
        var links: [PacketSocket] = []
        let box = Box<PathInOneProcess?>(nil)
        let committer = Committer(store: store) {
            try box.value.withLock { $0 }?.remember()
            try keeper.flush()
        }
        roles = try [Role.reception, .analysis, .filing].map { role in
            let (ours, theirs) = try PacketSocket.pair()
            links.append(ours)
            return RoleHouse(
                role: role, settings: LiveConfiguration(configuration), directory: directory, store: store,
                committer: committer,
                link: RoleLink(socket: theirs), disk: disk, folders: InstanceFolders(directory: directory, disk: disk),
                clock: .system, log: .silent)
        }
        self.links = links
        let secrets = ring.secrets(for: .reception)
        intake = try Intake(house: roles[0], pseudonyms: secrets.pseudonym(), roleKeys: secrets.publicKeys)
        box.value.withLock { $0 = self }
        try remember()
    }

    /// Copies the database while nobody writes.
    private func remember() throws {
        let operations = disk.operations.count
        let files = try store.read { _ in
            var files: [String: [UInt8]] = [:]
            for suffix in ["", "-wal"] {
                let path = directory.database + suffix
                files["gateway.sqlite" + suffix] = FileManager.default.contents(atPath: path).map { Array($0) }
            }
            return files
        }
        state.withLock { $0.snapshots.append(Snapshot(operations: operations, database: files)) }
    }

    /// Lets one synthetic radiograph arrive as from a modality.
    func receive(seed: UInt64) throws {
        let dataSet = PhantomStudy.crDataSet(seed: seed, rows: 96, columns: 80)
        let bytes = DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian)
        guard let sender = AETitle("CR1"), let sopInstance = dataSet.uid(.sopInstanceUID),
            let geometry = PixelGeometry(dataSet)
        else { throw GatewayError.badRequest("the phantom lacks something") }
        var scanner = InstanceScanner(transferSyntax: .explicitVRLittleEndian)
        var arriving: (any InstanceIntake)?
        try unsafe bytes.withUnsafeBytes { buffer in
            try unsafe scanner.consume(
                buffer,
                onHeader: { header, pixels in
                    arriving = try intake.begin(
                        ArrivingInstance(
                            sender: sender, sopClassUID: SOPClass.computedRadiography, sopInstanceUID: sopInstance,
                            transferSyntax: .explicitVRLittleEndian,
                            header: PHI(try DataSetParser.parse(header, transferSyntax: .explicitVRLittleEndian)),
                            headerBytes: PHI(header), geometry: geometry,
                            nativeByteCount: pixels.declaredLength.map { Int($0) }))
                }, onPixels: { try unsafe arriving?.pixels($0) })
        }
        try arriving?.commit(trailer: PHI(try scanner.finish()), byteCount: bytes.count)
        let success = Success(operations: disk.operations.count, sopInstanceUID: sopInstance)
        state.withLock { $0.successes.append(success) }
    }

    /// Analyses and files everything that waits.
    func work() throws {
        let analysis = try AnalysisRole(
            house: roles[1], secrets: HeldSecrets(ring.secrets(for: .analysis)),
            models: ModelKeeper(house: roles[1], only: .builtIn()), executable: "")
        let filing = try FilingRole(house: roles[2], secrets: HeldSecrets(ring.secrets(for: .filing)))
        while try analysis.loop.workOnce() || filing.loop.workOnce() {}
        try keeper.trim()
        try remember()
    }
}
