import DICOMCore
import StandardTables

/// Applies a profile to a header: a pure function of header, profile and UID mapping.
///
/// Every nesting level is treated. Compound actions are decided by the attribute types of CR, DX and SC; where the
/// type is not known (inside items, other SOP classes), the replacement that satisfies every type is taken. What the
/// table does not name is kept, if the dictionary knows it; UIDs and dates by their VR.
///
/// Source: PS3.15 E.1.1, E.2, Table E.1-1.
public struct Deidentifier: Sendable {
    public let profile: DeidentificationProfile
    private let uids: any UIDMapping

    public init(profile: DeidentificationProfile, uids: any UIDMapping) {
        self.profile = profile
        self.uids = uids
    }

    /// The header without identities. Give it everything but the pixels: what stands before them, and what stands
    /// behind them. Pixel data, if present, is kept as it is.
    ///
    /// Throws `tooDeep` for nesting that the scanner would have refused.
    public func deidentify(_ header: DataSet, sopClass: UID) throws(DeidentificationError) -> DeidentifiedHeader {
        var walk = DeidentificationWalk(profile: profile, uids: uids, iod: IOD(sopClass: sopClass))
        var result = try walk.apply(to: header, steps: [])
        result.set(.patientIdentityRemoved, .CS, "YES")
        result.set(.deidentificationMethod, .LO, DeidentificationProfile.methodText)
        result.set(.deidentificationMethodCodeSequence, items: profile.methodCodes.map { DataSet(code: $0) })
        result.set(.longitudinalTemporalInformationModified, .CS, profile.temporalInformation)
        return DeidentifiedHeader(dataSet: result, actions: walk.actions, profile: profile)
    }
}

/// One run over one header.
private struct DeidentificationWalk {
    /// The scanner's limit; recursion below is as deep as this at most.
    static let maximumDepth = 32
    /// A header of references names some thousand objects; a hostile one could name millions.
    static let maximumUIDs = 50_000

    let profile: DeidentificationProfile
    let uids: any UIDMapping
    let iod: IOD?
    var actions: [AppliedAction] = []
    private var uidCount = 0

    init(profile: DeidentificationProfile, uids: any UIDMapping, iod: IOD?) {
        self.profile = profile
        self.uids = uids
        self.iod = iod
    }

    mutating func apply(to dataSet: DataSet, steps: [TagPath.Step]) throws(DeidentificationError) -> DataSet {
        guard steps.count <= Self.maximumDepth else { throw .tooDeep }
        var kept: [DataElement] = []
        kept.reserveCapacity(dataSet.elements.count)
        for element in dataSet.elements {
            if let element = try apply(to: element, steps: steps) { kept.append(element) }
        }
        // Ascending already: `init` appends without searching.
        return DataSet(kept)
    }

    private mutating func apply(
        to element: DataElement, steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataElement? {
        let decision = ActionDecision(profile: profile, iod: iod, isTopLevel: steps.isEmpty)
            .decide(element.tag, elementVR: element.vr, isSequence: element.isSequence)
        let path = TagPath(steps, element.tag)
        let vr = element.vr == .UN ? StandardTables.vr(of: element.tag) ?? .UN : element.vr
        switch decision.treatment {
        case .keep:
            return try recursed(element, vr, steps)
        case .remove:
            actions.append(AppliedAction(path, .removed, decision.reason))
            return nil
        case .empty:
            actions.append(AppliedAction(path, .emptied, decision.reason))
            return vr == .SQ ? DataElement(element.tag, items: []) : DataElement(element.tag, vr, bytes: [])
        case .dummy:
            actions.append(AppliedAction(path, .replaced, decision.reason))
            return try dummy(for: element, vr, steps)
        case .mapUIDs:
            if element.isSequence { return try recursed(element, vr, steps) }
            actions.append(AppliedAction(path, .mapped, decision.reason))
            return DataElement(element.tag, .UI, bytes: try replacedUIDs(element, keepsRegistered: false))
        case .mapForeignUIDs:
            let bytes = try replacedUIDs(element, keepsRegistered: true)
            if bytes != element.bytes { actions.append(AppliedAction(path, .mapped, decision.reason)) }
            return DataElement(element.tag, .UI, bytes: bytes)
        }
    }

    private mutating func recursed(
        _ element: DataElement, _ vr: VR, _ steps: [TagPath.Step]
    ) throws(DeidentificationError) -> DataElement {
        guard element.isSequence else { return DataElement(element.tag, vr, bytes: element.bytes) }
        var items: [DataSet] = []
        for (index, item) in element.items.enumerated() {
            items.append(try apply(to: item, steps: steps + [TagPath.Step(element.tag, index)]))
        }
        return DataElement(element.tag, items: items)
    }

    /// A value of the same VR; for a sequence: one item of the same shape as the first, every value a dummy.
    private mutating func dummy(
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

    private mutating func replacedUIDs(
        _ element: DataElement, keepsRegistered: Bool
    ) throws(DeidentificationError) -> [UInt8] {
        uidCount += 1
        for byte in element.bytes where byte == 0x5C { uidCount += 1 }
        guard uidCount <= Self.maximumUIDs else { throw .tooManyUIDs }
        return UIDReplacement(uids).replaced(element.bytes, keepsRegistered: keepsRegistered)
    }

    private mutating func dummyItem(_ item: DataSet, _ steps: [TagPath.Step]) throws(DeidentificationError) -> DataSet {
        guard steps.count <= Self.maximumDepth else { throw .tooDeep }
        var result = DataSet()
        for element in item.elements {
            let path = TagPath(steps, element.tag)
            let decision = ActionDecision(profile: profile, iod: iod, isTopLevel: false)
                .decide(element.tag, elementVR: element.vr, isSequence: element.isSequence)
            guard decision.treatment != .remove, let vr = StandardTables.vr(of: element.tag) else {
                actions.append(AppliedAction(path, .removed, .insideDummy))
                continue
            }
            actions.append(AppliedAction(path, .replaced, .insideDummy))
            if vr == .UI, !element.isSequence {
                let keepsRegistered = decision.treatment != .mapUIDs
                let bytes = try replacedUIDs(element, keepsRegistered: keepsRegistered)
                result.set(DataElement(element.tag, .UI, bytes: bytes))
            } else {
                result.set(try dummy(for: element, vr, steps))
            }
        }
        return result
    }
}

extension DataElement {
    var isSequence: Bool {
        if case .items = value { true } else { false }
    }
}
