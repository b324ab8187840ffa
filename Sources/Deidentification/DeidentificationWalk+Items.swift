import DICOMCore
import StandardTables

/// Cleaning of sequences: coded items under Clean Descriptors, content items under Clean Structured Content.
///
/// Source: PS3.15 E.3.4, E.3.5, Table E.3.4-1.
extension DeidentificationWalk {
    /// The sequence with what may stay of its items; `nil` if no item is left of some.
    mutating func cleanedItems(
        _ element: DataElement, _ steps: [TagPath.Step], isContent: Bool
    ) throws(DeidentificationError) -> DataElement? {
        var items: [DataSet] = []
        for (index, item) in element.items.enumerated() {
            let inner = steps + [TagPath.Step(element.tag, index)]
            if CodedItem.isLocal(item) {
                note(.removed, .contentItem, TagPath(inner, CodedItem.codeValue))
                continue
            }
            if isContent, let valueType = item.text(ContentItemTags.valueType) {
                if let cleaned = try cleanedContent(item, valueType, inner) { items.append(cleaned) }
            } else {
                items.append(try apply(to: item, steps: inner, isContent: isContent))
            }
        }
        return items.isEmpty && !element.items.isEmpty ? nil : DataElement(element.tag, items: items)
    }

    /// One content item; `nil` if it goes with everything below it.
    private mutating func cleanedContent(
        _ item: DataSet, _ valueType: String, _ steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataSet? {
        guard let valueTag = ContentItemTags.values[valueType] else {
            note(.removed, .contentItem, TagPath(steps, ContentItemTags.valueType))
            return nil
        }
        let concept = item.items(ContentItemTags.conceptName).first
        let treatment = contentTreatment(concept, valueType)
        if treatment == .remove || concept.map(CodedItem.isLocal) == true {
            note(.removed, .contentItem, TagPath(steps, valueTag ?? ContentItemTags.valueType))
            return nil
        }
        // The value by its concept, what is around it by the profile.
        let value = valueTag.flatMap { item[$0] }
        var rest = item
        if let value { rest.remove(value.tag) }
        var result = try apply(to: rest, steps: steps, isContent: true)
        guard let value else { return result }
        guard let kept = try contentValue(value, treatment, steps) else { return nil }
        result.set(kept)
        return result
    }

    private mutating func contentValue(
        _ value: DataElement, _ treatment: ActionDecision.Treatment, _ steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataElement? {
        let path = TagPath(steps, value.tag)
        let vr = StandardTables.vr(of: value.tag) ?? value.vr
        guard value.isSequence == (vr == .SQ) else { return nil }
        var cleaned: [UInt8]?
        switch treatment {
        case .keep:
            if value.isSequence { return try cleanedItems(value, steps, isContent: false) }
            return DataElement(value.tag, vr, bytes: value.bytes)
        case .mapUIDs:
            if value.isSequence { return try recursed(value, vr, steps) }
            note(.mapped, .contentItem, path)
            return DataElement(value.tag, .UI, bytes: try replacedUIDs(value, keepsRegistered: false))
        case .shiftDates: cleaned = ShiftedDates.value(value.bytes, vr, days: days)
        case .cleanText: cleaned = cleaning?.value(value.bytes, vr)
        default: break
        }
        if let cleaned {
            note(treatment == .shiftDates ? .shifted : .cleaned, .contentItem, path)
            return DataElement(value.tag, vr, bytes: cleaned)
        }
        note(.replaced, .contentItem, path)
        return try dummy(for: value, vr, steps)
    }

    /// By the concept's row under the options; without a row by the value type.
    private func contentTreatment(_ concept: DataSet?, _ valueType: String) -> ActionDecision.Treatment {
        let code = concept?.text(CodedItem.codeValue) ?? ""
        let scheme = concept?.text(CodedItem.scheme) ?? ""
        guard let row = ContentNames.shared.row(code: code, scheme: scheme, valueType: valueType) else {
            return Self.treatment(ofType: valueType, profile)
        }
        let asked = Set(profile.options.compactMap { row.action(under: $0) })
        if asked.contains(.K), !(profile.shiftsDates && asked.contains(.C)) { return .keep }
        if asked.contains(.C) { return Self.dateTypes.contains(valueType) ? .shiftDates : .cleanText }
        switch row.basic {
        case .X: return .remove
        // Whether the template wants it is not known: the replacement serves both.
        default: return Self.referenceTypes.contains(valueType) ? .mapUIDs : .dummy
        }
    }

    private static let dateTypes: Set<String> = ["DATE", "TIME", "DATETIME"]
    private static let referenceTypes: Set<String> = ["UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM"]

    private static func treatment(
        ofType valueType: String, _ profile: DeidentificationProfile
    ) -> ActionDecision.Treatment {
        switch valueType {
        case "TEXT": profile.cleansDescriptors ? .cleanText : .dummy
        case "PNAME": .dummy
        case "DATE", "TIME", "DATETIME": profile.keepsDates ? .keep : profile.shiftsDates ? .shiftDates : .dummy
        case "UIDREF", "IMAGE", "COMPOSITE", "WAVEFORM":
            profile.options.contains(.retainUIDs) ? .keep : .mapUIDs
        default: .keep
        }
    }
}

/// Where content items hold what (PS3.3 C.17.3, C.18).
enum ContentItemTags {
    static let valueType = Tag(0x0040, 0xA040)
    static let conceptName = Tag(0x0040, 0xA043)
    static let textValue = Tag(0x0040, 0xA160)

    /// The attribute of the value, by value type; an inner `nil` where the value lies in several attributes that the
    /// table names or that are numbers.
    static let values: [String: Tag?] = [
        "TEXT": textValue, "CODE": Tag(0x0040, 0xA168), "NUM": nil, "NUMERIC": nil, "PNAME": Tag(0x0040, 0xA123),
        "DATE": Tag(0x0040, 0xA121), "TIME": Tag(0x0040, 0xA122), "DATETIME": Tag(0x0040, 0xA120),
        "UIDREF": Tag(0x0040, 0xA124), "IMAGE": Tag(0x0008, 0x1199), "COMPOSITE": Tag(0x0008, 0x1199),
        "WAVEFORM": Tag(0x0008, 0x1199), "CONTAINER": nil, "SCOORD": nil, "SCOORD3D": nil, "TCOORD": nil,
    ]
}

/// Code sequence items (PS3.3 8).
enum CodedItem {
    static let codeValue = Tag(0x0008, 0x0100)
    static let scheme = Tag(0x0008, 0x0102)

    /// A code that only one house understands, with a meaning that one house wrote.
    static func isLocal(_ item: DataSet) -> Bool {
        let isCode = item[codeValue] != nil || item[Tag(0x0008, 0x0119)] != nil || item[Tag(0x0008, 0x0120)] != nil
        return isCode && !CodingSchemes.isPublic(item.text(scheme) ?? "")
    }
}
