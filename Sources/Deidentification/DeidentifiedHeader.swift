import DICOMCore
import StandardTables

/// What happened to one attribute.
public struct AppliedAction: Sendable, Hashable {
    public enum Effect: String, Sendable, Hashable { case removed, emptied, replaced, mapped, cleaned, shifted }

    /// Why: the row of the table, or a rule beside it.
    public enum Reason: Sendable, Hashable {
        /// A row of Table E.1-1.
        case table(ActionCode)
        /// A rule of the site.
        case siteRule
        /// A row of Table E.3.4-1, or the rules beside it.
        case contentItem
        /// The rule for private attributes.
        case privateAttribute
        /// Command, file meta and directory groups do not belong into a data set.
        case foreignGroup
        /// Group lengths are wrong after any change (retired, PS3.5 7.2).
        case groupLength
        /// Curves and overlays go as a whole, or what is left of them is no module.
        case curveOrOverlay
        /// Encrypted originals are not ours to pass on.
        case encryptedAttributes
        /// The dictionary does not know the tag, so nobody can say that it is harmless.
        case unknownAttribute
        /// A sequence whose content could not be read as one.
        case unreadableSequence
        /// A UID that the table does not name and PS3.6 does not register.
        case unlistedUID
        /// A person's name, or an address on the network, that the table does not name.
        case unlistedName
        /// A date or time that the table does not name.
        case unlistedDate
        /// Inside a sequence that was replaced as a whole.
        case insideDummy
    }

    public let path: TagPath
    public let effect: Effect
    public let reason: Reason

    public init(_ path: TagPath, _ effect: Effect, _ reason: Reason) {
        self.path = path
        self.effect = effect
        self.reason = reason
    }
}

/// A header without identities, and what was done to get there.
public struct DeidentifiedHeader: Sendable {
    public let dataSet: DataSet
    /// Every attribute that did not stay as it was, in order; for `explain`.
    public let actions: [AppliedAction]
    public let profile: DeidentificationProfile
}
