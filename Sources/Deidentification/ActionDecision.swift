import DICOMCore
import StandardTables

/// Decides what happens to one attribute: the table first, then the rules beside it.
struct ActionDecision {
    enum Treatment: Hashable {
        case keep, remove, empty, dummy
        /// Replace every UID.
        case mapUIDs
        /// Replace UIDs that PS3.6 does not register.
        case mapForeignUIDs
    }

    let profile: DeidentificationProfile
    let iod: IOD?
    let isTopLevel: Bool

    func decide(_ tag: Tag, elementVR: VR, isSequence: Bool) -> (treatment: Treatment, reason: AppliedAction.Reason) {
        if tag.isPrivate { return (.remove, .privateAttribute) }
        if tag.group < 0x0008 { return (.remove, .foreignGroup) }
        if tag.element == 0 { return (.remove, .groupLength) }
        if tag.group & 0xFF00 == 0x5000 || tag.group & 0xFF00 == 0x6000 { return (.remove, .curveOrOverlay) }
        if tag == .encryptedAttributesSequence { return (.remove, .encryptedAttributes) }
        if let code = profile.action(for: tag) {
            let treatment = treatment(code, typeOf: tag)
            // A mapping needs a UID, or a sequence that has some.
            if treatment == .mapUIDs, isSequence, StandardTables.vr(of: tag) == .UI { return (.remove, .table(code)) }
            if treatment == .keep { return unlisted(tag, elementVR, isSequence, keepsByOption: true) }
            return (treatment, .table(code))
        }
        return unlisted(tag, elementVR, isSequence, keepsByOption: false)
    }

    /// The simple action behind a code; compound ones by the attribute's type.
    ///
    /// Source: PS3.15 Table E.1-1a.
    func treatment(_ code: ActionCode, typeOf tag: Tag) -> Treatment {
        switch code {
        case .D: return .dummy
        case .Z: return .empty
        case .X, .C: return .remove
        case .K: return .keep
        case .U: return .mapUIDs
        case .zeroOrDummy: return isRequired(tag) ? .dummy : .empty
        case .removeOrZero: return isOptional(tag) ? .remove : .empty
        case .removeOrDummy: return isOptional(tag) ? .remove : .dummy
        case .removeZeroOrDummy: return isOptional(tag) ? .remove : isRequired(tag) ? .dummy : .empty
        case .removeZeroOrUID: return isOptional(tag) ? .remove : isRequired(tag) ? .mapUIDs : .empty
        }
    }

    /// `nil`: not known. At the top level of a known IOD an attribute of no module can only be an extension of type 3
    /// (PS3.2, Standard Extended SOP Class).
    private func type(of tag: Tag) -> AttributeType? {
        guard isTopLevel, let iod else { return nil }
        return AttributeTypes.type(of: tag, in: iod) ?? .optional
    }

    private func isOptional(_ tag: Tag) -> Bool { type(of: tag) == .optional }

    private func isRequired(_ tag: Tag) -> Bool {
        switch type(of: tag) {
        case nil, .required, .requiredConditionally: true
        case .mayBeEmpty, .mayBeEmptyConditionally, .optional: false
        }
    }

    /// Attributes that the table does not name, or that an option keeps.
    private func unlisted(
        _ tag: Tag, _ elementVR: VR, _ isSequence: Bool, keepsByOption: Bool
    ) -> (treatment: Treatment, reason: AppliedAction.Reason) {
        guard let vr = StandardTables.vr(of: tag) else { return (.remove, .unknownAttribute) }
        if vr == .SQ { return isSequence ? (.keep, .table(.K)) : (.remove, .unreadableSequence) }
        if isSequence { return (.remove, .unreadableSequence) }
        if keepsByOption { return (.keep, .table(.K)) }
        if vr == .UI || elementVR == .UI {
            return (profile.options.contains(.retainUIDs) ? .keep : .mapForeignUIDs, .unlistedUID)
        }
        if [.DA, .DT, .TM].contains(vr) || [.DA, .DT, .TM].contains(elementVR) {
            return (profile.options.contains(.retainLongitudinalFullDates) ? .keep : .dummy, .unlistedDate)
        }
        return (.keep, .table(.K))
    }
}

extension Tag {
    static let encryptedAttributesSequence = Tag(0x0400, 0x0500)
}
