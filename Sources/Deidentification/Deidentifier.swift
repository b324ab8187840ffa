import DICOMCore
import StandardTables

/// Applies a profile to a header: a pure function of header, profile, UID mapping and date shift.
///
/// Every nesting level is treated. Compound actions are decided by the attribute types of CR, DX and SC; where the
/// type is not known (inside items, other SOP classes), the replacement that satisfies every type is taken. What the
/// table does not name is kept, if the dictionary knows it; UIDs and dates by their VR.
///
/// Source: PS3.15 E.1.1, E.2, E.3, Table E.1-1.
public struct Deidentifier: Sendable {
    public let profile: DeidentificationProfile
    private let uids: any UIDMapping
    private let dateShift: DateShift?

    /// `dateShift` is needed by profiles that shift dates, and by no other.
    public init(profile: DeidentificationProfile, uids: any UIDMapping, dateShift: DateShift? = nil) {
        self.profile = profile
        self.uids = uids
        self.dateShift = dateShift
    }

    /// The header without identities. Give it everything but the pixels: what stands before them, and what stands
    /// behind them; for the latter alone, `subject` is the header before the pixels, which says whose object it is.
    /// Pixel data, if present, is kept as it is.
    ///
    /// Throws `tooDeep` for nesting that the scanner would have refused, `tooManyUIDs`, `noDateShift`.
    public func deidentify(
        _ header: DataSet, sopClass: UID, subject: DataSet? = nil
    ) throws(DeidentificationError) -> DeidentifiedHeader {
        var days = 0
        if profile.shiftsDates {
            guard let dateShift else { throw .noDateShift }
            days = dateShift.days(for: subject ?? header)
        }
        let identities = profile.needsIdentities ? KnownIdentities([header] + (subject.map { [$0] } ?? [])) : nil
        var walk = DeidentificationWalk(
            profile: profile, uids: uids, iod: IOD(sopClass: sopClass), days: days,
            cleaning: identities.map { TextCleaning(identities: $0) })
        var result = try walk.apply(to: header, steps: [])
        DeidentificationMarks.set(in: &result, profile)
        return DeidentifiedHeader(dataSet: result, actions: walk.actions, profile: profile)
    }
}

extension DeidentificationProfile {
    /// Cleaning has to know whom the header names.
    var needsIdentities: Bool {
        !options.isDisjoint(with: [
            .cleanDescriptors, .cleanGraphics, .cleanStructuredContent, .retainDeviceIdentity,
            .retainPatientCharacteristics,
        ]) || rules.contains { $0.action == .clean }
    }
}
