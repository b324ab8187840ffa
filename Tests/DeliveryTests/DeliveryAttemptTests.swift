import DICOMCore
import DICOMToolkit
import Passage
import Testing

@testable import Delivery

@Suite struct DeliveryAttemptTests {
    @Test(arguments: [0x0000, 0xB000, 0xB006, 0xB007, 0x0107] as [UInt16])
    func successAndWarningsCountAsStored(_ code: UInt16) {
        let outcome = DeliveryAttempt.reading(.answered(Status(code), errorComment: ""))
        #expect(outcome == .stored(status: Status(code)))
    }

    @Test(
        arguments: [
            (0xA700, true), (0xA701, true), (0x0110, true), (0x0124, true), (0xA900, false), (0xC000, false),
            (0x0122, false),
        ]
            as [(UInt16, Bool)])
    func onlyTemporaryTroubleIsTriedAgain(_ code: UInt16, _ isTransient: Bool) {
        guard case .failed(let failure, _) = DeliveryAttempt.reading(.answered(Status(code), errorComment: "")) else {
            Issue.record("a failure was read as stored")
            return
        }
        #expect(failure.isTransient == isTransient)
    }

    @Test func thePeersCommentNeverReachesTheReason() {
        let outcome = DeliveryAttempt.reading(.answered(Status(0xC000), errorComment: "DOE^JANE is unknown"))
        #expect(!"\(outcome)".contains("DOE"))
    }

    @Test func aPeerThatIsNotThereIsTriedAgain() throws {
        let title = try #require(AETitle("NOBODY"))
        let object = OutgoingObject(
            sopClassUID: SOPClass.secondaryCapture, sopInstanceUID: "1.2.3", transferSyntax: .explicitVRLittleEndian,
            bytes: [])
        let outcomes = DeliveryAttempt.send(
            [object], to: Peer(host: "127.0.0.1", port: 1, aeTitle: title, callingAETitle: title))
        guard case .failed(let failure, true) = outcomes.first else {
            Issue.record("nobody cannot have stored anything")
            return
        }
        #expect(failure.isTransient)
    }
}
