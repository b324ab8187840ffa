import DICOMCore
import Testing

@testable import Delivery

@Suite struct CommitmentMessageTests {
    private static let one = CommitmentReference(sopClassUID: SOPClass.secondaryCapture, sopInstanceUID: "1.2.3")
    private static let other = CommitmentReference(sopClassUID: SOPClass.comprehensive3DSR, sopInstanceUID: "1.2.4")

    @Test(arguments: [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian])
    func whatIsWrittenIsReadBack(_ syntax: TransferSyntax) {
        let message = CommitmentMessage(transactionUID: "2.25.7", references: [Self.one], failed: [Self.other])
        #expect(CommitmentMessage(message.encoded(in: syntax), transferSyntax: syntax) == message)
    }

    @Test func aReportWithoutTransactionOrWithGarbageIsNone() {
        #expect(CommitmentMessage([1, 2, 3], transferSyntax: .explicitVRLittleEndian) == nil)
        #expect(CommitmentMessage([], transferSyntax: .explicitVRLittleEndian) == nil)
    }

    @Test func anEntryWithoutUIDIsLeftOut() {
        var message = CommitmentMessage(transactionUID: "2.25.7", references: [Self.one, Self.other])
        var bytes = message.encoded(in: .implicitVRLittleEndian)
        // The second instance UID becomes blank.
        let uid = Array("1.2.4\0".utf8)
        let place = bytes.indices.first { bytes[$0...].starts(with: uid) }
        if let place { for index in place..<(place + uid.count) { bytes[index] = 0x20 } }
        message.references = [Self.one]
        #expect(CommitmentMessage(bytes, transferSyntax: .implicitVRLittleEndian) == message)
    }
}
