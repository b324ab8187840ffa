import DICOMCore

/// Values that we wrote ourselves, at every depth: of the form that their representation demands, and, for text, in the
/// characters that every Specific Character Set shares. What was copied from the source is looked at by comparison.
///
/// Source: PS3.5 6.1.2, 6.2, 9.1.
enum OwnTextCheck {
    static func problems(_ object: DataSet) -> [ResultProblem] {
        let copied = Set(CopiedAttributes.rows.map(\.tag)).union([
            .specificCharacterSet, .referencedRequestSequence, .performedProcedureCodeSequence, .patientOrientation,
            .laterality, .imageLaterality, .bodyPartExamined, .lossyImageCompression, .lossyImageCompressionRatio,
            .lossyImageCompressionMethod,
        ])
        var problems: Set<ResultProblem> = []
        walk(object.elements.filter { !copied.contains($0.tag) }, depth: 0, &problems)
        return problems.sorted { $0.description < $1.description }
    }

    /// A little deeper than the deepest report.
    private static let maximumDepth = 24

    private static func walk(_ elements: [DataElement], depth: Int, _ problems: inout Set<ResultProblem>) {
        guard depth <= maximumDepth else {
            problems.insert(.treeTooDeep)
            return
        }
        for element in elements {
            switch element.value {
            case .items(let items): for item in items { walk(item.elements, depth: depth + 1, &problems) }
            case .bytes(let bytes):
                if !isWellFormed(bytes, element.vr) { problems.insert(.malformedValue(element.tag)) }
            }
        }
    }

    private static func isWellFormed(_ bytes: [UInt8], _ vr: VR) -> Bool {
        guard bytes.count % 2 == 0 else { return false }
        switch vr {
        case .UI: return bytes.isEmpty || UID(String(decoding: bytes, as: UTF8.self)) != nil
        case .DA, .TM, .DS, .CS, .AS: return ValueForm.isAcceptable(bytes, vr)
        case .LO, .SH, .UT, .ST, .LT:
            let longest = [VR.LO: 64, .SH: 16, .ST: 1024, .LT: 10240][vr] ?? Int.max
            return bytes.count <= longest
                && bytes.allSatisfy { (0x20...0x7D).contains($0) && $0 != UInt8(ascii: "\\") }
        default: return true
        }
    }
}
