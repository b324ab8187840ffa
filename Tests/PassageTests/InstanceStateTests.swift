import DICOMCore
import Passage
import Testing

@Suite struct InstanceStateTests {
    @Test func everyStateCanBeReachedFromTheFirst() {
        var reached: Set<InstanceState> = [.received]
        var frontier = reached
        while !frontier.isEmpty {
            frontier = Set(frontier.flatMap(\.successors)).subtracting(reached)
            reached.formUnion(frontier)
        }
        #expect(reached == Set(InstanceState.allCases))
    }

    @Test(arguments: InstanceState.allCases)
    func everyStateLeadsToATerminalOne(_ state: InstanceState) {
        var reached: Set<InstanceState> = [state]
        for _ in InstanceState.allCases { reached.formUnion(reached.flatMap(\.successors)) }
        #expect(reached.contains { $0.isTerminal })
    }

    @Test func inferenceCannotRunOnWhatIsHeld() {
        #expect(!InstanceState.held.successors.contains(.ready))
        #expect(!InstanceState.held.successors.contains(.analysed))
    }

    @Test func nothingFollowsShredding() {
        #expect(InstanceState.shredded.successors.isEmpty)
    }
}

@Suite struct PresenceTests {
    @Test(arguments: [
        (0.9, Presence.present), (0.5, .present), (0.49, .undetermined), (0.2, .undetermined), (0.19, .absent),
    ])
    func followsTheTwoThresholds(_ probability: Double, _ expected: Presence) {
        #expect(Presence(probability: probability, threshold: 0.5, lowerThreshold: 0.2) == expected)
    }
}

@Suite struct ImagePayloadTests {
    static let facts = AnalysisFacts(
        ageBand: .youngChild, sex: .female, modality: "CR", viewPosition: .anteroPosterior, viewSource: .viewPosition,
        patientOrientation: ["L", "F"], photometricInterpretation: "MONOCHROME2", bodyPartExamined: "CHEST",
        isForPresentation: nil, deviceToken: "00ff", senderToken: "ff00")

    @Test func isReadAsItWasWritten() throws {
        let bytes =
            ImagePayload.prefix(2) + Array("{}".utf8)
        #expect(throws: ImagePayloadDamage.self) { try ImagePayload(bytes) }
        let payload = try ImagePayload(Self.written)
        #expect(payload.facts == Self.facts)
        #expect(payload.header == [1, 2, 3])
        #expect(payload.pixelBytes == [9, 8, 7, 6])
        #expect(payload.trailer == [5])
        #expect(try payload.encoded() == Self.written)
    }

    @Test func everyCutIsDamage() throws {
        for count in 0..<(try Self.written.count) {
            #expect(throws: ImagePayloadDamage.self) { try ImagePayload(Array(Self.written.prefix(count))) }
        }
    }

    static var written: [UInt8] {
        get throws {
            let pixels = ImagePayload.PixelDescription(
                transferSyntax: "1.2.840.10008.1.2.1", isPacked: false, nativeByteCount: 4)
            return try ImagePayload(
                facts: facts, header: [1, 2, 3], pixels: pixels, pixelBytes: [9, 8, 7, 6], trailer: [5]
            ).encoded()
        }
    }
}
