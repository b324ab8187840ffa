import DICOMCore
import StandardTables

/// One run over one header.
struct DeidentificationWalk {
    /// The scanner's limit; recursion below is as deep as this at most.
    static let maximumDepth = 32
    /// A header of references names some thousand objects; a hostile one could name millions.
    static let maximumUIDs = 50_000

    let profile: DeidentificationProfile
    let uids: any UIDMapping
    let iod: IOD?
    let days: Int
    /// For profiles that clean text.
    let cleaning: TextCleaning?
    var actions: [AppliedAction] = []
    private var uidCount = 0

    init(profile: DeidentificationProfile, uids: any UIDMapping, iod: IOD?, days: Int, cleaning: TextCleaning?) {
        self.profile = profile
        self.uids = uids
        self.iod = iod
        self.days = days
        self.cleaning = cleaning
    }

    mutating func apply(
        to dataSet: DataSet, steps: [TagPath.Step], isContent: Bool = false
    ) throws(DeidentificationError) -> DataSet {
        guard steps.count <= Self.maximumDepth else { throw .tooDeep }
        let blocks = profile.keepsPrivate ? PrivateBlocks(dataSet, profile) : nil
        let overlays = steps.isEmpty && profile.options.contains(.cleanGraphics) ? OverlayCleaning(dataSet) : nil
        var kept: [DataElement] = []
        kept.reserveCapacity(dataSet.elements.count)
        for element in dataSet.elements {
            let tag = element.tag
            if tag.isPrivate, blocks?.keeps(element) == true {
                kept.append(try recursed(element, element.vr, steps))
            } else if tag.group & 0xFF00 == 0x6000, tag.group & 1 == 0, let overlays {
                if let cleaned = overlays.cleaned(element, with: cleaning) {
                    kept.append(cleaned)
                    if cleaned != element { note(.cleaned, .table(.C), TagPath(steps, tag)) }
                } else {
                    note(.removed, .curveOrOverlay, TagPath(steps, tag))
                }
            } else if let element = try apply(to: element, steps: steps, isContent: isContent) {
                kept.append(element)
            }
        }
        // Ascending already: `init` appends without searching.
        return DataSet(kept)
    }

    private mutating func apply(
        to element: DataElement, steps: [TagPath.Step], isContent: Bool
    ) throws(DeidentificationError) -> DataElement? {
        let decision = ActionDecision(profile: profile, iod: iod, isTopLevel: steps.isEmpty)
            .decide(element.tag, elementVR: element.vr, isSequence: element.isSequence)
        let vr = element.vr == .UN ? StandardTables.vr(of: element.tag) ?? .UN : element.vr
        if let cleaned = try cleaned(element, vr, decision, steps, isContent: isContent) { return cleaned }
        let isCleaning = Self.cleanings.contains(decision.treatment)
        return try apply(
            isCleaning ? decision.fallback : decision.treatment, decision.reason, to: element, vr, steps,
            isContent: isContent)
    }

    private static let cleanings: Set<ActionDecision.Treatment> = [
        .shiftDates, .cleanText, .cleanTitle, .cleanItems, .cleanContent,
    ]

    /// What is left of an element after cleaning; `nil` if nothing is, or if it is not to be cleaned.
    private mutating func cleaned(
        _ element: DataElement, _ vr: VR, _ decision: ActionDecision.Decision, _ steps: [TagPath.Step], isContent: Bool
    ) throws(DeidentificationError) -> DataElement? {
        let bytes: [UInt8]?
        switch decision.treatment {
        case .shiftDates: bytes = ShiftedDates.value(element.bytes, vr, days: days)
        case .cleanText: bytes = cleaning?.value(element.bytes, vr)
        case .cleanTitle: bytes = cleaning?.title(element.bytes)
        case .cleanItems, .cleanContent:
            return try cleanedItems(
                element, steps, isContent: isContent || decision.treatment == .cleanContent)
        case .keep, .remove, .empty, .dummy, .mapUIDs, .mapForeignUIDs: return nil
        }
        guard let bytes else { return nil }
        if bytes != element.bytes {
            note(
                decision.treatment == .shiftDates ? .shifted : .cleaned, decision.reason, TagPath(steps, element.tag))
        }
        return DataElement(element.tag, vr, bytes: bytes)
    }

    private mutating func apply(
        _ treatment: ActionDecision.Treatment, _ reason: AppliedAction.Reason, to element: DataElement, _ vr: VR,
        _ steps: [TagPath.Step], isContent: Bool
    ) throws(DeidentificationError) -> DataElement? {
        let path = TagPath(steps, element.tag)
        switch treatment {
        case .keep:
            if isContent, element.isSequence { return try cleanedItems(element, steps, isContent: true) }
            return try recursed(element, vr, steps)
        case .empty:
            note(.emptied, reason, path)
            return vr == .SQ ? DataElement(element.tag, items: []) : DataElement(element.tag, vr, bytes: [])
        case .dummy:
            note(.replaced, reason, path)
            return try dummy(for: element, vr, steps)
        case .mapUIDs:
            if element.isSequence { return try recursed(element, vr, steps) }
            note(.mapped, reason, path)
            return DataElement(element.tag, .UI, bytes: try replacedUIDs(element, keepsRegistered: false))
        case .mapForeignUIDs:
            let bytes = try replacedUIDs(element, keepsRegistered: true)
            if bytes != element.bytes { note(.mapped, reason, path) }
            return DataElement(element.tag, .UI, bytes: bytes)
        case .remove, .shiftDates, .cleanText, .cleanTitle, .cleanItems, .cleanContent:
            note(.removed, reason, path)
            return nil
        }
    }

    mutating func note(_ effect: AppliedAction.Effect, _ reason: AppliedAction.Reason, _ path: TagPath) {
        actions.append(AppliedAction(path, effect, reason))
    }

    mutating func recursed(
        _ element: DataElement, _ vr: VR, _ steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataElement {
        guard element.isSequence else { return DataElement(element.tag, vr, bytes: element.bytes) }
        var items: [DataSet] = []
        items.reserveCapacity(element.items.count)
        for (index, item) in element.items.enumerated() {
            items.append(try apply(to: item, steps: steps + [TagPath.Step(element.tag, index)]))
        }
        return DataElement(element.tag, items: items)
    }

    mutating func replacedUIDs(
        _ element: DataElement, keepsRegistered: Bool
    ) throws(DeidentificationError) -> [UInt8] {
        uidCount += 1
        for byte in element.bytes where byte == 0x5C { uidCount += 1 }
        guard uidCount <= Self.maximumUIDs else { throw .tooManyUIDs }
        return UIDReplacement(uids).replaced(element.bytes, keepsRegistered: keepsRegistered)
    }
}

extension DataElement {
    var isSequence: Bool {
        if case .items = value { true } else { false }
    }
}
