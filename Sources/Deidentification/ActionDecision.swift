import DICOMCore
import StandardTables

/// Decides what happens to one attribute: the rules of the site, the table under the options, then the rules beside it.
struct ActionDecision {
    enum Treatment: Hashable {
        case keep, remove, empty, dummy
        /// Replace every UID.
        case mapUIDs
        /// Replace UIDs that PS3.6 does not register.
        case mapForeignUIDs
        /// Shift dates by the patient's days; times stay.
        case shiftDates
        /// Keep ordinary words.
        case cleanText
        /// Keep an AE title that names nobody.
        case cleanTitle
        /// Apply the profile to the items; items with codes of local schemes go.
        case cleanItems
        /// Clean content items by their concept names.
        case cleanContent
    }

    struct Decision {
        let treatment: Treatment
        let reason: AppliedAction.Reason
        /// What is done where cleaning leaves nothing.
        var fallback = Treatment.remove

        init(_ treatment: Treatment, _ reason: AppliedAction.Reason, fallback: Treatment = .remove) {
            self.treatment = treatment
            self.reason = reason
            self.fallback = fallback
        }
    }

    let profile: DeidentificationProfile
    let iod: IOD?
    let isTopLevel: Bool

    func decide(_ tag: Tag, elementVR: VR, isSequence: Bool) -> Decision {
        if tag.isPrivate { return Decision(.remove, .privateAttribute) }
        if tag.group < 0x0008 { return Decision(.remove, .foreignGroup) }
        if tag.element == 0 { return Decision(.remove, .groupLength) }
        if tag.group & 0xFF00 == 0x5000 || tag.group & 0xFF00 == 0x6000 { return Decision(.remove, .curveOrOverlay) }
        if tag == .encryptedAttributesSequence { return Decision(.remove, .encryptedAttributes) }
        if let action = profile.siteAction(for: tag) { return site(action, tag, elementVR, isSequence) }
        guard let code = profile.action(for: tag) else {
            return unlisted(tag, elementVR, isSequence, keepsByOption: false)
        }
        switch code {
        case .K: return unlisted(tag, elementVR, isSequence, keepsByOption: true)
        case .C: return cleaning(tag, isSequence)
        default: break
        }
        let treatment = treatment(code, typeOf: tag)
        // A mapping needs a UID, or a sequence that has some.
        if treatment == .mapUIDs, isSequence, StandardTables.vr(of: tag) == .UI {
            return Decision(.remove, .table(code))
        }
        return Decision(treatment, .table(code))
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

    /// What the Basic Profile would do to an attribute of the table.
    private func basic(_ tag: Tag) -> Treatment {
        ConfidentialityTable.shared.row(for: tag).map { treatment($0.basic, typeOf: tag) } ?? .remove
    }

    /// How an attribute is cleaned depends on its VR.
    private func cleaning(_ tag: Tag, _ isSequence: Bool) -> Decision {
        let reason = AppliedAction.Reason.table(.C)
        let basic = basic(tag)
        let vr = StandardTables.vr(of: tag) ?? .UN
        // The zone of the hospital's clock would narrow down the place and, beside moved dates, the shift.
        if tag == .timezoneOffsetFromUTC { return Decision(basic, reason) }
        guard isSequence == (vr == .SQ) else { return Decision(basic == .mapUIDs ? .remove : basic, reason) }
        switch vr {
        case .SQ where Self.contentSequences.contains(tag): return Decision(.cleanContent, reason, fallback: basic)
        case .SQ: return Decision(.cleanItems, reason, fallback: basic)
        case .DA, .DT, .TM: return Decision(.shiftDates, reason, fallback: basic)
        case .AE: return Decision(.cleanTitle, reason, fallback: basic)
        case .CS, .LO, .LT, .SH, .ST, .UC, .UT: return Decision(.cleanText, reason, fallback: basic)
        // A time stamp or a note in bytes that only its maker can read.
        default: return Decision(basic, reason)
        }
    }

    /// Of group 0008, where Coding Scheme URL and URN Code Value stand as well.
    static let addresses: Set<Tag> = [
        Tag(0x0008, 0x0407), Tag(0x0008, 0x0408), Tag(0x0008, 0x0409), Tag(0x0008, 0x040B), Tag(0x0008, 0x1190),
    ]

    /// Sequences of content items (PS3.3 10.2, C.17.3).
    static let contentSequences: Set<Tag> = [
        Tag(0x0040, 0xA730), Tag(0x0040, 0x0555), Tag(0x0040, 0x0610), Tag(0x0040, 0xB020),
    ]

    private func site(_ action: SiteRule.Action, _ tag: Tag, _ elementVR: VR, _ isSequence: Bool) -> Decision {
        let isOfSequenceVR = StandardTables.vr(of: tag) == .SQ
        switch action {
        case .remove: return Decision(.remove, .siteRule)
        case .empty: return Decision(.empty, .siteRule)
        case .replace: return Decision(.dummy, .siteRule)
        case .keep where isSequence == isOfSequenceVR && StandardTables.vr(of: tag) != nil:
            return Decision(.keep, .siteRule)
        case .clean where !isSequence: return Decision(.cleanText, .siteRule)
        case .shift where !isSequence: return Decision(.shiftDates, .siteRule)
        case .keep, .clean, .shift: return Decision(.remove, .siteRule)
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
    private func unlisted(_ tag: Tag, _ elementVR: VR, _ isSequence: Bool, keepsByOption: Bool) -> Decision {
        guard let vr = StandardTables.vr(of: tag) else { return Decision(.remove, .unknownAttribute) }
        if (vr == .SQ) != isSequence { return Decision(.remove, .unreadableSequence) }
        if vr == .SQ || keepsByOption { return Decision(.keep, .table(.K)) }
        if vr == .UI || elementVR == .UI {
            return Decision(profile.options.contains(.retainUIDs) ? .keep : .mapForeignUIDs, .unlistedUID)
        }
        // People and addresses on the network that the table forgets; codes may be written as URNs.
        if vr == .PN || elementVR == .PN || vr == .UR && tag.group != 0x0008 || Self.addresses.contains(tag) {
            return Decision(.remove, .unlistedName)
        }
        if [.DA, .DT, .TM].contains(vr) || [.DA, .DT, .TM].contains(elementVR) {
            if profile.keepsDates { return Decision(.keep, .unlistedDate) }
            let isShifted = profile.options.contains(.retainLongitudinalModifiedDates)
            return Decision(isShifted ? .shiftDates : .dummy, .unlistedDate, fallback: .dummy)
        }
        return Decision(.keep, .table(.K))
    }
}

extension Tag {
    static let encryptedAttributesSequence = Tag(0x0400, 0x0500)
}
