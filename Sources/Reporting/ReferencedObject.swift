import DICOMCore

/// An object of a study as a reference names it.
///
/// Source: PS3.3 10.8 (SOP Instance Reference Macro), Table C.17-3 (Hierarchical SOP Instance Reference Macro).
public struct ReferencedObject: Hashable, Sendable {
    public let sopClassUID: UID
    public let sopInstanceUID: UID
    public let seriesInstanceUID: UID

    public init(sopClassUID: UID, sopInstanceUID: UID, seriesInstanceUID: UID) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
    }

    /// Names a result of ours by the identity that it was made with.
    public init(sopClassUID: UID, _ identity: ResultIdentity) {
        self.init(
            sopClassUID: sopClassUID, sopInstanceUID: identity.sopInstanceUID,
            seriesInstanceUID: identity.seriesInstanceUID)
    }

    /// The item that names it.
    var reference: DataSet {
        var item = DataSet()
        item.set(.referencedSOPClassUID, sopClassUID)
        item.set(.referencedSOPInstanceUID, sopInstanceUID)
        return item
    }
}

extension DataSet {
    /// Gives every document that this one replaces the name that `renamed` says (PS3.3 C.17.2.3).
    public mutating func renamePredecessors(
        _ renamed: (ReferencedObject) throws -> ReferencedObject
    ) rethrows {
        guard self[.predecessorDocumentsSequence] != nil else { return }
        let studies = try items(.predecessorDocumentsSequence).map { study in
            var study = study
            let series = try study.items(.referencedSeriesSequence).map { series in
                var series = series
                guard let uid = series.uid(.seriesInstanceUID) else { return series }
                let references = try series.items(.referencedSOPSequence).map { item in
                    guard let sopClass = item.uid(.referencedSOPClassUID),
                        let instance = item.uid(.referencedSOPInstanceUID)
                    else { return item }
                    return try renamed(
                        ReferencedObject(
                            sopClassUID: sopClass, sopInstanceUID: instance, seriesInstanceUID: uid)
                    ).reference
                }
                series.set(.referencedSOPSequence, items: references)
                return series
            }
            study.set(.referencedSeriesSequence, items: series)
            return study
        }
        set(.predecessorDocumentsSequence, items: studies)
    }
}
