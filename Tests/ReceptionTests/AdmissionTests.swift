import DICOMCore
import DICOMToolkit
@testable import Reception
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
    func refused(sender: String, address: String, code: String, meaning: String, detail: String?, isAssociation: Bool) {
        refusals.withLock { $0.append(code) }
    }
}

@Suite struct AdmissionTests {
    private func verdict(
        calling: String = "CR1", called: String = "CXRGATE", address: String = "10.0.0.1",
        directory: Directory = Directory(known: known), hasRoom: Bool = true, secure: Bool = false,
        certificate: String? = nil
    ) throws -> (Rejection?, [String]) {
        let sink = Sink()
        let title = try #require(AETitle("CXRGATE"))
        let service = ReceptionService(
            ourTitle: title, directory: directory, sink: sink, hasRoom: { hasRoom }, milliseconds: { 0 })
        let request = AssociationRequest(
            id: 1, callingAETitle: calling, calledAETitle: called, peerAddress: address, isSecure: secure,
            certificateFingerprint: certificate)
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

    private static var secured: Directory {
        Directory(
            known: known.map { sender in
                var sender = sender
                sender.requiresTLS = sender.title.value == "CR1"
                sender.fingerprint = sender.title.value == "CR1" ? "aa" : nil
                return sender
            })
    }

    @Test func aTitleRegisteredForTLSIsRefusedWithoutIt() throws {
        let (rejection, codes) = try verdict(directory: Self.secured)
        #expect(rejection == .callingAETitleNotRecognized)
        #expect(codes == ["REC-008"])
    }

    @Test func aCertificateSpeaksForItsOwnTitleAlone() throws {
        #expect(try verdict(directory: Self.secured, secure: true, certificate: "aa").0 == nil)
        for (title, address, certificate) in [
            ("CR1", "10.0.0.1", "bb"), ("CR1", "10.0.0.1", nil), ("CR2", "10.0.0.2", "aa"),
        ] {
            let (rejection, codes) = try verdict(
                calling: title, address: address, directory: Self.secured, secure: true, certificate: certificate)
            #expect(rejection == .callingAETitleNotRecognized)
            #expect(codes == ["REC-009"])
        }
    }

    @Test func anAETitleHasItsOwnNumberAndRateOfAssociations() throws {
        var sender = try #require(Self.known.first)
        sender.maxAssociations = 2
        sender.associationsPerMinute = 3
        var traffic = Traffic()
        let first = (1...3).map { traffic.admit(sender, association: $0, now: 0) }
        #expect(first == [.fine, .fine, .tooMany])
        traffic.ended(association: 1)
        traffic.ended(association: 77)
        let second = (4...5).map { traffic.admit(sender, association: $0, now: 0) }
        #expect(second == [.fine, .tooMany])
        traffic.ended(association: 2)
        let third = traffic.admit(sender, association: 6, now: 0)
        #expect(third == .tooFast)
        let later = traffic.admit(sender, association: 7, now: 20_000)
        #expect(later == .fine)
    }

    @Test func aDestinationMayReportOnCommitmentsAndSendNothing() throws {
        var sender = try #require(Self.known.first)
        sender.isSource = false
        sender.reportsCommitment = true
        let title = try #require(AETitle("CXRGATE"))
        let service = ReceptionService(
            ourTitle: title, directory: Directory(known: [sender]), sink: Sink(), hasRoom: { true },
            milliseconds: { 0 })
        let request = AssociationRequest(
            id: 1, callingAETitle: "CR1", calledAETitle: "CXRGATE", peerAddress: "10.0.0.1")
        guard case .accept(let contexts) = service.admit(request) else {
            Issue.record("refused")
            return
        }
        #expect(contexts.map(\.abstractSyntax) == [SOPClass.verification, SOPClass.storageCommitmentPushModel])
        #expect(contexts.last?.mayReverseRoles == true)
    }
}
