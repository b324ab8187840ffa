import DICOMCore
import DICOMToolkit
import Reception
import Synchronization
import Testing

private struct Directory: SenderDirectory {
    var known: [KnownSender] = []
    var isBroken = false
    struct Broken: Error {}

    func sources(titled title: AETitle) throws -> [KnownSender] {
        if isBroken { throw Broken() }
        return known.filter { $0.title == title }
    }
}

private final class Sink: InstanceSink {
    let refusals = Mutex<[String]>([])
    struct Unexpected: Error {}

    func begin(_ instance: ArrivingInstance) throws -> any InstanceIntake { throw Unexpected() }
    func refused(sender: String, address: String, code: String, meaning: String, isAssociation: Bool) {
        refusals.withLock { $0.append(code) }
    }
}

@Suite struct AdmissionTests {
    private func verdict(
        calling: String = "CR1", called: String = "CXRGATE", address: String = "10.0.0.1",
        directory: Directory = Directory(known: known), hasRoom: Bool = true
    ) throws -> (Rejection?, [String]) {
        let sink = Sink()
        let title = try #require(AETitle("CXRGATE"))
        let service = ReceptionService(
            ourTitle: title, directory: directory, sink: sink, hasRoom: { hasRoom })
        let request = AssociationRequest(
            id: 1, callingAETitle: calling, calledAETitle: called, peerAddress: address)
        switch service.admit(request) {
        case .accept: return (nil, sink.refusals.withLock { $0 })
        case .reject(let rejection): return (rejection, sink.refusals.withLock { $0 })
        }
    }

    private static var known: [KnownSender] {
        [AETitle("CR1"), AETitle("CR2")].compactMap { $0 }.map {
            KnownSender(title: $0, host: $0.value == "CR2" ? "10.0.0.2" : nil)
        }
    }

    @Test func aRegisteredSourceIsAccepted() throws {
        let (rejection, refusals) = try verdict(calling: "CR1             ")
        #expect(rejection == nil)
        #expect(refusals.isEmpty)
    }

    @Test func everyRefusalHasItsReasonAndIsReported() throws {
        let cases: [((Rejection?, [String]), Rejection, String)] = [
            (try verdict(calling: "NOBODY"), .callingAETitleNotRecognized, "REC-002"),
            (try verdict(calling: "\u{7}\u{7}"), .callingAETitleNotRecognized, "REC-002"),
            (try verdict(called: "OTHER"), .calledAETitleNotRecognized, "REC-001"),
            (try verdict(calling: "CR2"), .callingAETitleNotRecognized, "REC-003"),
            (try verdict(directory: Directory(isBroken: true)), .temporaryCongestion, "REC-004"),
            (try verdict(hasRoom: false), .localLimitExceeded, "REC-005"),
        ]
        for (outcome, rejection, code) in cases {
            #expect(outcome.0 == rejection)
            #expect(outcome.1 == [code])
        }
    }

    @Test func aSourceBoundToAnAddressMayComeFromThere() throws {
        #expect(try verdict(calling: "CR2", address: "10.0.0.2").0 == nil)
    }
}
