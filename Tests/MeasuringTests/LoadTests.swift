import DICOMCore
import DICOMToolkit
import Synchronization
import Testing

@testable import Measuring

/// Takes what it is sent, and remembers the names.
private final class Taker: AssociationHandler {
    let status: Status
    let instances = Mutex<[String]>([])
    let associations = Mutex(0)

    init(_ status: Status = .success) { self.status = status }

    func admit(_ request: AssociationRequest) -> AssociationVerdict {
        associations.withLock { $0 += 1 }
        return .accept(
            [SOPClass.computedRadiography, SOPClass.verification].map {
                AcceptedContext(abstractSyntax: $0, transferSyntaxes: [.explicitVRLittleEndian])
            })
    }

    func beginStore(_ request: StoreRequest) -> any StoreReceiver {
        instances.withLock { $0.append(request.sopInstanceUID) }
        return Answerer(status)
    }

    func noContextAccepted(_ request: AssociationRequest) {}
    func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {}

    final class Answerer: StoreReceiver {
        private let status: Status
        init(_ status: Status) { self.status = status }
        func receive(_ bytes: UnsafeRawBufferPointer) {}
        func finish() -> StoreAnswer { StoreAnswer(status) }
        func cancel() {}
    }
}

@Suite struct LoadTests {
    private static func figures(
        _ kind: Load.Kind, on taker: Taker, associations: Int, count: Int
    ) throws -> LoadFigures {
        var configuration = ListenerConfiguration(port: 0)
        configuration.bindAddress = "127.0.0.1"
        let listener = try AssociationListener(configuration: configuration, handler: taker)
        defer { listener.stop(graceSeconds: 5) }
        return try Load(kind, associations: associations, count: count, firstNumber: 100)
            .run(on: Place.peer("TAKER", port: listener.port))
    }

    private static let image = Result {
        try TestImage(rows: 64, columns: 64, transferSyntax: .explicitVRLittleEndian, run: 1)
    }

    @Test func `each image is another one, over as many associations as were asked for`() throws {
        let taker = Taker()
        let image = try Self.image.get()
        let figures = try Self.figures(.store(image), on: taker, associations: 3, count: 10)
        #expect(figures.count == 10)
        #expect(figures.latencies.count == 10)
        #expect(figures.bytes == 10 * image.object.bytes.count)
        #expect(figures.failures.isEmpty)
        #expect(Set(taker.instances.withLock { $0 }).count == 10)
        #expect(taker.associations.withLock { $0 } == 3)
    }

    @Test func `what is not answered with Success is counted apart, and not as stored`() throws {
        let figures = try Self.figures(
            .store(try Self.image.get()), on: Taker(.outOfResources), associations: 1, count: 4)
        #expect(figures.count == 0)
        #expect(figures.failures == ["status a700": 4])
    }

    @Test func `a peer that is not there fails the load instead of hanging it`() throws {
        let peer = try Place.peer("NOBODY", port: Place.freePort())
        let figures = try Load(.store(try Self.image.get()), associations: 2, count: 2, firstNumber: 0).run(on: peer)
        #expect(figures.count == 0)
        #expect(figures.failures.values.reduce(0, +) == 2)
    }

    @Test func `associations that say C-ECHO are counted each`() throws {
        let taker = Taker()
        #expect(try Self.figures(.echo, on: taker, associations: 2, count: 7).count == 7)
        #expect(taker.associations.withLock { $0 } == 7)
    }

    @Test(arguments: [(1, 1), (3, 10), (4, 4), (7, 100)])
    func `shares cover every number once`(associations: Int, count: Int) {
        let load = Load(.echo, associations: associations, count: count, firstNumber: 5)
        let numbers = (0..<associations).flatMap { association in
            (0..<load.share(of: association)).map { load.first(of: association) + $0 }
        }
        #expect(numbers == Array(5..<5 + count))
    }
}
