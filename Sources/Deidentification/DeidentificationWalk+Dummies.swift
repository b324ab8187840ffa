import DICOMCore
import StandardTables

/// Action D: values of the same VR that stand for nobody.
extension DeidentificationWalk {
    /// A value of the same VR; for a sequence: one item of the same shape as the first, every value a dummy.
    mutating func dummy(
        for element: DataElement, _ vr: VR, _ steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataElement {
        guard element.isSequence || vr == .SQ else {
            return DataElement(element.tag, vr, bytes: try dummyBytes(for: element, vr))
        }
        guard let first = element.items.first else { return DataElement(element.tag, items: []) }
        return DataElement(element.tag, items: [try dummyItem(first, steps + [TagPath.Step(element.tag, 0)])])
    }

    /// UIDs want to differ from one another, so theirs are mapped ones.
    private mutating func dummyBytes(
        for element: DataElement, _ vr: VR
    ) throws(DeidentificationError) -> [UInt8] {
        if vr == .UI { return try replacedUIDs(element, keepsRegistered: false) }
        return DummyValues.bytes(for: vr)
    }

    private static func isTerm(_ element: DataElement) -> Bool {
        element.bytes.split(separator: 0x5C).allSatisfy { part in
            let text = String(decoding: RemovedPadding.trimmed(part), as: UTF8.self)
            return StandardTables.isStandardTerm(text)
                || element.tag == ContentItemTags.valueType && ContentItemTags.values[text] != nil
        }
    }

    private mutating func dummyItem(_ item: DataSet, _ steps: [TagPath.Step]) throws(DeidentificationError) -> DataSet {
        guard steps.count <= Self.maximumDepth else { throw .tooDeep }
        var result = DataSet()
        for element in item.elements {
            let path = TagPath(steps, element.tag)
            let decision = ActionDecision(profile: profile, iod: iod, isTopLevel: false)
                .decide(element.tag, elementVR: element.vr, isSequence: element.isSequence)
            guard decision.treatment != .remove, let vr = StandardTables.vr(of: element.tag) else {
                note(.removed, .insideDummy, path)
                continue
            }
            note(.replaced, .insideDummy, path)
            if vr == .UI, !element.isSequence {
                let keepsRegistered = decision.treatment != .mapUIDs
                let bytes = try replacedUIDs(element, keepsRegistered: keepsRegistered)
                result.set(DataElement(element.tag, .UI, bytes: bytes))
            } else if vr == .CS, decision.treatment == .keep, Self.isTerm(element) {
                // A closed vocabulary names nobody, and without its Value Type an item is none.
                result.set(DataElement(element.tag, .CS, bytes: element.bytes))
            } else {
                result.set(try dummy(for: element, vr, steps))
            }
        }
        return result
    }
}
