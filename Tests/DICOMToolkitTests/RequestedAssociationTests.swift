import DICOMCore
import DICOMToolkit
import Synchronization
import Testing

@Suite struct RequestedAssociationTests {
    private static let find = ProposedContext(SOPClass.studyRootQueryFind, .explicitVRLittleEndian)
    private static let commitment = ProposedContext(SOPClass.storageCommitmentPushModel, .explicitVRLittleEndian)

    private func ask(_ scp: ScriptedSCP, limits: FindLimits = .standard) throws -> (answers: [[UInt8]], status: Status)
    {
        let association = try RequestedAssociation(to: peer(scp.port), contexts: [Self.find])
        return try association.find(
            SOPClass.studyRootQueryFind, identifier: [1, 2, 3, 4], in: .explicitVRLittleEndian, limits: limits)
    }

    private static func answers(_ bytes: [[UInt8]], final: Int = 0) -> @Sendable (ScriptedSCP.Message) -> [[UInt8]] {
        { message in
            bytes.flatMap { each in
                [
                    PDU.response(to: message, status: 0xFF00, hasDataSet: true),
                    PDU.data(each, command: false, last: true),
                ]
            } + [PDU.response(to: message, status: final)]
        }
    }

    @Test func everyAnswerToAQueryComesBackAsItsBytes() throws {
        let scp = try ScriptedSCP(script: Self.answers([[5, 6], [7, 8, 9, 10]]))
        let got = try ask(scp)
        #expect(got.answers == [[5, 6], [7, 8, 9, 10]])
        #expect(got.status == .success)
        #expect(scp.messages.first?.field == 0x0020)
        #expect(scp.messages.first?.dataSet == [1, 2, 3, 4])
    }

    @Test func aQueryThatFailsSaysItsStatus() throws {
        let scp = try ScriptedSCP(script: Self.answers([], final: 0xA900))
        #expect(try ask(scp).status == Status(0xA900))
    }

    @Test func moreAnswersThanAllowedEndTheAssociation() throws {
        let scp = try ScriptedSCP(script: Self.answers([[UInt8]](repeating: [1, 2], count: 5)))
        #expect(throws: ToolkitError.tooManyAnswers) { try ask(scp, limits: FindLimits(answers: 4, bytes: 1000)) }
        let long = try ScriptedSCP(script: Self.answers([[UInt8](repeating: 0, count: 600)]))
        #expect(throws: ToolkitError.tooManyAnswers) { try ask(long, limits: FindLimits(answers: 4, bytes: 599)) }
    }

    @Test func anAnswerToAnotherRequestIsAViolation() throws {
        let scp = try ScriptedSCP(script: { message in
            [PDU.response(to: .init(field: message.field, messageID: 99, dataSet: []), status: 0)]
        })
        #expect(throws: ToolkitError.protocolViolation) { try ask(scp) }
    }

    @Test func anActionReachesOurOwnListenerAndItsStatusComesBack() throws {
        let handler = Normalized(Status(0x0112))
        var configuration = ListenerConfiguration(port: 0)
        configuration.bindAddress = "127.0.0.1"
        let listener = try AssociationListener(configuration: configuration, handler: handler)
        defer { listener.stop(graceSeconds: 0) }
        let association = try RequestedAssociation(
            to: peer(listener.port), contexts: [Self.commitment], providing: [SOPClass.storageCommitmentPushModel])
        for kind in [NormalizedMessage.Kind.action, .eventReport] {
            let message = NormalizedMessage(
                kind: kind, sopClassUID: SOPClass.storageCommitmentPushModel.value,
                sopInstanceUID: SOPClass.storageCommitmentInstance.value, typeID: 2,
                transferSyntax: .explicitVRLittleEndian, dataSet: [UInt8](repeating: 7, count: 70_000))
            #expect(try association.send(message) == Status(0x0112))
        }
        let seen = handler.seen.withLock { $0 }
        #expect(seen.map(\.kind) == [.action, .eventReport])
        #expect(seen.allSatisfy { $0.typeID == 2 && $0.dataSet.count == 70_000 && $0.sopClassUID.hasSuffix("1.20.1") })
    }

    @Test func anEventOnTheSameAssociationIsHeardAndAnswered() throws {
        let scp = try ScriptedSCP(script: { message in
            guard message.field == 0x0130 else { return [] }
            return [PDU.response(to: message, status: 0)] + PDU.eventReport(type: 1, dataSet: [4, 3, 2, 1])
        })
        let association = try RequestedAssociation(to: peer(scp.port), contexts: [Self.commitment])
        let action = NormalizedMessage(
            kind: .action, sopClassUID: SOPClass.storageCommitmentPushModel.value,
            sopInstanceUID: SOPClass.storageCommitmentInstance.value, typeID: 1,
            transferSyntax: .explicitVRLittleEndian, dataSet: [0, 0])
        #expect(try association.send(action) == .success)
        var events: [(UInt16, [UInt8])] = []
        let came = try association.awaitEvent(seconds: 30) { event in
            events.append((event.typeID, event.dataSet))
            return .success
        }
        #expect(came)
        #expect(events.count == 1)
        #expect(events.first?.0 == 1)
        #expect(events.first?.1 == [4, 3, 2, 1])
        #expect(try !association.awaitEvent(seconds: 0.05) { _ in .success })
        #expect(scp.messages.contains { $0.field == 0x8100 })
    }

    @Test func iPv6IsAsGoodAsIPv4() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.bindAddress = "::1" }
        defer { listener.stop(graceSeconds: 0) }
        var target = try peer(listener.port)
        target.host = "::1"
        try StorageRequestor.echo(target)
        #expect(recorder.now.admitted.map(\.peerAddress) == ["::1"])
    }

    @Test func oneAddressHasItsOwnLimitOfAssociations() throws {
        let listener = try listen(Recorder()) { $0.maxAssociationsPerAddress = 1 }
        defer { listener.stop(graceSeconds: 0) }
        let echo = ProposedContext.plain(SOPClass.verification)
        let first = try RequestedAssociation(to: peer(listener.port), contexts: echo)
        #expect(throws: ToolkitError.rejected(.localLimitExceeded)) { try StorageRequestor.echo(peer(listener.port)) }
        #expect(try first.echo() == .success)
    }
}

/// Answers every normalized message with one status, and keeps it.
private final class Normalized: AssociationHandler {
    let seen = Mutex<[NormalizedMessage]>([])
    private let status: Status

    init(_ status: Status) { self.status = status }

    func admit(_ request: AssociationRequest) -> AssociationVerdict {
        .accept([
            AcceptedContext(
                abstractSyntax: SOPClass.storageCommitmentPushModel, transferSyntaxes: ProposedContext.plain,
                mayReverseRoles: true)
        ])
    }

    func noContextAccepted(_ request: AssociationRequest) {}
    func beginStore(_ request: StoreRequest) -> any StoreReceiver { Recorder().beginStore(request) }
    func associationEnded(_ request: AssociationRequest, how: AssociationEnd) {}

    func perform(_ message: NormalizedMessage, on association: AssociationRequest) -> Status {
        seen.withLock { $0.append(message) }
        return status
    }
}
