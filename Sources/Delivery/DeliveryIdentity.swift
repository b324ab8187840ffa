import DICOMCore

/// Whom and what a result is about, as its own attributes say: what a destination must agree with before it is sent.
///
/// The values identify a patient; they stay in memory, inside ``PHI``.
public struct DeliveryIdentity: Sendable {
    struct Values: Sendable {
        let studyInstanceUID: UID
        /// Raw bytes without padding; compared as bytes, since character sets are never re-encoded.
        let patientID: [UInt8]
        let issuerOfPatientID: [UInt8]
        let accessionNumber: [UInt8]
        /// The images that the result was made from.
        let instances: [UID]
        /// Their series, where the result names it.
        let series: [UID]
    }

    let values: PHI<Values>

    /// Reads a result's data set; `nil` if it has no study.
    public init?(_ result: DataSet) {
        guard let study = result.uid(.studyInstanceUID) else { return nil }
        var instances: [UID] = []
        var series: [UID] = []
        func note(_ item: DataSet) {
            if let uid = item.uid(.referencedSOPInstanceUID), !instances.contains(uid) { instances.append(uid) }
        }
        // Evidence of a report (PS3.3 C.17.2), sources of a derived image (C.7.6.1). Predecessor documents are ours.
        for study in result.items(Self.evidence) {
            for each in study.items(Self.referencedSeries) {
                if let uid = each.uid(.seriesInstanceUID), !series.contains(uid) { series.append(uid) }
                each.items(Self.referencedSOP).forEach(note)
            }
        }
        result.items(Self.sourceImages).forEach(note)
        values = PHI(
            Values(
                studyInstanceUID: study, patientID: Self.plain(result[.patientID]),
                issuerOfPatientID: Self.plain(result[.issuerOfPatientID]),
                accessionNumber: Self.plain(result[.accessionNumber]), instances: instances, series: series))
    }

    static let evidence = Tag(0x0040, 0xA375)
    static let referencedSeries = Tag(0x0008, 0x1115)
    static let referencedSOP = Tag(0x0008, 0x1199)
    static let sourceImages = Tag(0x0008, 0x2112)
    static let queryLevel = Tag(0x0008, 0x0052)

    static func plain(_ element: DataElement?) -> [UInt8] {
        var bytes = (element?.bytes ?? [])[...]
        while let last = bytes.last, last == 0x20 || last == 0 { bytes = bytes.dropLast() }
        while bytes.first == 0x20 { bytes = bytes.dropFirst() }
        return Array(bytes)
    }
}

extension Tag {
    static let referencedSOPClassUID = Tag(0x0008, 0x1150)
    static let referencedSOPInstanceUID = Tag(0x0008, 0x1155)
}

/// What a destination says about the study of a result.
public enum Agreement: Sendable, Hashable {
    /// An attribute in which the destination and the result differ.
    public enum Difference: String, Sendable, Hashable, CaseIterable, Comparable {
        case patientID = "patient id"
        case issuerOfPatientID = "issuer of the patient id"
        case accessionNumber = "accession number"

        public static func < (left: Difference, right: Difference) -> Bool { left.rawValue < right.rawValue }
    }

    /// Study, patient and accession agree, and the images are there. `imagesAsked`: whether it could be asked for them.
    case agrees(imagesAsked: Bool)
    /// It has not got the study, or not all of the images.
    case lacksImages
    /// Someone has merged, corrected or moved: the result must not be filed as it is.
    case differs(Set<Difference>)
    /// It takes no queries.
    case cannotBeAsked
}
