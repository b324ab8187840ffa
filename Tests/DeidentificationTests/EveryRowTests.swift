import DICOMCore
import DICOMStream
import StandardTables
import Testing

@testable import Deidentification

@Suite("Every row of Table E.1-1 is honoured")
struct EveryRowTests {
    private static let tags =
        ConfidentialityTable.shared.rows.keys.sorted()
        + [Tag(0x5002, 0x3000), Tag(0x6002, 0x3000), Tag(0x6002, 0x4000), Tag(0x0019, 0x1001)]
    private static let classes: [(UID, IOD?)] = [
        (SOPClass.computedRadiography, .computedRadiography),
        (SOPClass.digitalXRayForPresentation, .digitalXRay),
        (SOPClass.digitalXRayForProcessing, .digitalXRay),
        (SOPClass.secondaryCapture, .secondaryCapture),
        ("1.2.840.10008.5.1.4.1.1.2", nil),
    ]

    /// Sequences that the table does not name and that therefore survive around what is planted in them.
    private static let shell = [Tag(0x0008, 0x2218), Tag(0x0008, 0x2220), Tag(0x0040, 0x0440)]

    /// The action that is due, from the code and the type alone.
    private static func due(_ code: ActionCode, _ type: AttributeType?) -> Set<String> {
        switch (code, type) {
        case (.X, _): ["X"]
        case (.Z, _): ["Z"]
        case (.D, _): ["D"]
        case (.U, _): ["U"]
        case (.zeroOrDummy, .required), (.zeroOrDummy, .requiredConditionally), (.zeroOrDummy, nil): ["D"]
        case (.zeroOrDummy, _): ["Z"]
        case (.removeOrZero, .optional), (.removeOrDummy, .optional), (.removeZeroOrDummy, .optional),
            (.removeZeroOrUID, .optional):
            ["X"]
        case (.removeOrZero, _): ["Z"]
        case (.removeOrDummy, _): ["D"]
        case (.removeZeroOrDummy, .mayBeEmpty), (.removeZeroOrDummy, .mayBeEmptyConditionally): ["Z"]
        case (.removeZeroOrDummy, _): ["D"]
        case (.removeZeroOrUID, .mayBeEmpty), (.removeZeroOrUID, .mayBeEmptyConditionally): ["Z"]
        case (.removeZeroOrUID, _): ["U"]
        case (.K, _), (.C, _): []
        }
    }

    private static func done(_ before: DataElement, _ after: DataElement?, _ due: Set<String>) -> String {
        guard let after else { return "X" }
        if after.isEmpty { return "Z" }
        if after == before { return "K" }
        let text = String(decoding: after.bytes, as: UTF8.self)
        // A dummy UID is a mapped one.
        if after.vr == .UI { return text.hasPrefix("2.25.") ? due.contains("D") ? "D" : "U" : "?" }
        if let item = after.items.first {
            let uid = item.uid(Tag(0x0008, 0x1155)).map(isOurs) ?? false
            let isDummy = item.text(Tag(0x0008, 0x0104)) == "Removed"
            return uid ? isDummy ? "D" : "U" : "?"
        }
        return "D"
    }

    @Test("At the top level of each SOP class")
    func topLevel() throws {
        for (sopClass, iod) in Self.classes {
            for tag in Self.tags {
                var header = chestHeader(sopClass)
                let planted = canaryElement(tag)
                header.set(planted)
                let result = try deidentified(header)
                let code = try #require(ConfidentialityTable.shared.row(for: tag)).basic
                let type = iod.map { AttributeTypes.type(of: tag, in: $0) ?? .optional }
                // Groups below 0008 have no place in a data set, whatever their row says.
                let due = tag.group < 0x0008 ? ["X"] : Self.due(code, type)
                #expect(due.contains(Self.done(planted, result[tag], due)), "\(tag) in \(sopClass)")
                Self.expectSilent(header, result, tag, due)
            }
        }
    }

    @Test("Inside items, one to three levels deep", arguments: 1...3)
    func nested(depth: Int) throws {
        for tag in Self.tags {
            var header = chestHeader()
            let planted = canaryElement(tag)
            var item = DataSet([planted])
            for sequence in Self.shell.prefix(depth).dropFirst().reversed() {
                item = DataSet([DataElement(sequence, items: [item])])
            }
            header.set(Self.shell[0], items: [item])
            let result = try deidentified(header)
            var found = result.items(Self.shell[0]).first
            for sequence in Self.shell.prefix(depth).dropFirst() { found = found?.items(sequence).first }
            let code = try #require(ConfidentialityTable.shared.row(for: tag)).basic
            let due = tag.group < 0x0008 ? ["X"] : Self.due(code, nil)
            let innermost = try #require(found)
            #expect(due.contains(Self.done(planted, innermost[tag], due)), "\(tag) at depth \(depth)")
            Self.expectSilent(header, result, tag, due)
        }
    }

    /// No canary is left in the bytes, and the verifier agrees. References of which only UIDs are due to be replaced
    /// (action U of a sequence) keep their codes.
    private static func expectSilent(_ header: DataSet, _ result: DataSet, _ tag: Tag, _ due: Set<String>) {
        let bytes = DataSetWriter.write(result, transferSyntax: .explicitVRLittleEndian)
        let isReference = due == ["U"] && StandardTables.vr(of: tag) == .SQ
        for text in isReference ? ["1.2.276.0.77"] : ["canary", "tweety", "1.2.276.0.77", "20210907", "081533", "7707"]
        {
            let isLeft = bytes.holds(text)
            #expect(!isLeft, "\(tag) \(text)")
        }
        let findings = DeidentificationVerifier()
            .verify(original: header, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: isOurs)
        #expect(findings.isEmpty, "\(tag): \(findings)")
    }

    @Test("Under each selectable option the rows that it keeps are kept", arguments: DeidentificationProfile.selectable)
    func options(option: DeidentificationProfile.Option) throws {
        let profile = try DeidentificationProfile(options: [option])
        var kept = 0
        for tag in Self.tags where ConfidentialityTable.shared.row(for: tag)?.action(under: option) == .K {
            guard tag.group >= 0x0008, !tag.isPrivate else { continue }
            var header = chestHeader()
            header.set(canaryElement(tag))
            let result = try deidentified(header, profile)
            #expect(result[tag] != nil && !(result[tag]?.isEmpty ?? true), "\(tag)")
            if StandardTables.vr(of: tag) != .SQ { #expect(result[tag] == header[tag], "\(tag)") }
            #expect(rules(header, result, profile).isEmpty, "\(tag)")
            kept += 1
        }
        #expect(kept >= 9)
    }
}
