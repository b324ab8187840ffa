import Drift
import Durability
import Foundation
import Journal
import Sealing
import Synchronization
import Testing

@testable import Gateway

@Suite struct DriftWatchTests {
    private let house: RoleHouse
    private let administration: Administration
    /// A role ends when its supervisor's end of the line is closed: these stay open.
    private static let peers = Mutex<[PacketSocket]>([])
    private static let model = "m 1.0.0"

    init() throws {
        let folder = NSTemporaryDirectory() + "cxrgate-drift-\(UUID().uuidString)"
        let directory = DataDirectory(folder)
        try directory.create()
        let ring = try KeyRing.create(in: directory.keys)
        let store = try Store(path: directory.database)
        let key = try #require(ring.secrets(for: .supervisor).journalKey)
        let keeper = try JournalKeeper(store: store, directory: directory, disk: RealDisk(), key: key)
        let committer = Committer(store: store, afterCommit: { try keeper.flush() })
        let (ours, theirs) = try PacketSocket.pair()
        Self.peers.withLock { $0.append(ours) }
        var configuration = GatewayConfiguration()
        configuration.dataDirectory = folder
        configuration.drift.stop = .critical
        house = RoleHouse(
            role: .analysis, settings: LiveConfiguration(configuration), directory: directory, store: store,
            committer: committer,
            link: RoleLink(socket: theirs), disk: RealDisk(),
            folders: InstanceFolders(directory: directory, disk: RealDisk()), clock: .system,
            log: .silent)
        administration = Administration(
            store: store, committer: committer, directory: directory, configuration: configuration, clock: .system,
            verifyingKey: key.verifyingKey, wake: { _ in })
    }

    /// Images as the analysis role keeps them, with a look after each that a look is due for.
    private func arrive(_ samples: [FeatureSample], from source: String, device: String = "d1") throws {
        let watch = DriftWatch(house: house, model: Self.model, settings: house.configuration.drift)
        let place = DriftBook.Source(model: Self.model, source: source)
        for start in stride(from: 0, to: samples.count, by: 50) {
            try house.store.write { transaction in
                for sample in samples[start..<min(start + 50, samples.count)] {
                    try DriftBook.keep(
                        sample, of: place, device: device, now: house.clock.milliseconds(), in: transaction)
                }
            }
            try watch.look(at: source)
        }
    }

    private func drift(_ arguments: [String: String] = [:]) throws -> JSONValue {
        try administration.perform(AdministrationRequest("model drift", arguments), by: .current())
    }

    private var isPaused: Bool {
        get throws { try house.store.read { try DriftBook.isPaused(Self.model, in: $0) } }
    }

    @Test func aSourceGetsAReferenceAndAChangeOfItsDetectorIsNamed() throws {
        var department = DriftSimulation(seed: 3)
        try arrive(department.images(3000), from: "CR1", device: "0123456789abcdef")
        let quiet = try drift()
        #expect(quiet["sources"].array.first?["referenceImages"].number == 2000)
        #expect(quiet["alarms"].array.isEmpty)
        try arrive(department.images(500, .gain), from: "CR1", device: "fedcba9876543210")
        let alarm = try #require(try drift()["alarms"].array.first)
        #expect(alarm["source"].text == "CR1" && alarm["feature"].text?.hasPrefix("signal") == true)
        #expect(alarm["devices"].array.first?["device"].text == "fedcba987654")
        #expect(try !isPaused)
    }

    @Test func aNewSourceWithExchangedPolarityPausesTheModelUntilAPersonResumesIt() throws {
        var department = DriftSimulation(seed: 4)
        try arrive(department.images(2000), from: "CR1")
        try arrive(department.images(100).map(DriftSimulation.inverted), from: "CR2")
        let answer = try drift()
        #expect(Set(answer["alarms"].array.map { $0["source"].text }) == ["CR2"])
        #expect(answer["alarms"].array.contains { $0["feature"].text == "polarity" && $0["level"].text == "critical" })
        #expect(try isPaused)
        #expect(throws: GatewayError.self) {
            try administration.perform(AdministrationRequest("model resume", ["model": "m"]), by: .current())
        }
        _ = try administration.perform(
            AdministrationRequest("model resume", ["model": "m"], reason: "repaired"), by: .current())
        #expect(try !isPaused)
    }

    @Test func whileSomethingIsWrongNoReferenceIsFrozenUnlessAPersonAccepts() throws {
        var department = DriftSimulation(seed: 5)
        try arrive(department.images(2000), from: "CR1")
        try arrive(department.images(2100).map(DriftSimulation.inverted), from: "CR2")
        func reference(_ answer: JSONValue) -> JSONValue {
            answer["sources"].array.first { $0["source"].text == "CR2" }?["reference"] ?? .null
        }
        #expect(reference(try drift()).isNull)
        _ = try administration.perform(
            AdministrationRequest("model drift accept", ["source": "CR2", "images": "500"], reason: "as intended"),
            by: .current())
        let answer = try drift()
        #expect(reference(answer).text == "accepted" && answer["alarms"].array.isEmpty)
        #expect(try drift(["all": "yes"])["alarms"].array.allSatisfy { !$0["ended"].isNull })
    }

    @Test func aReferenceThatWasChangedIsRefused() throws {
        var department = DriftSimulation(seed: 6)
        try arrive(department.images(2000), from: "CR1")
        try house.store.write { transaction in
            _ = try transaction.execute(
                "UPDATE drift_reference SET profile = replace(profile, '\"images\":2000', '\"images\":2001')")
        }
        #expect(throws: GatewayError.self) { try arrive(department.images(50), from: "CR1") }
    }

    @Test func tooFewImagesMakeNoReference() throws {
        var department = DriftSimulation(seed: 7)
        try arrive(department.images(100), from: "CR1")
        #expect(throws: GatewayError.self) {
            try administration.perform(
                AdministrationRequest("model drift accept", ["source": "CR1"], reason: "early"), by: .current())
        }
    }
}
