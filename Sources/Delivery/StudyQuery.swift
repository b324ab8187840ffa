import DICOMCore
import DICOMStream

/// The two questions before a result is sent, as C-FIND identifiers, and what the answers mean.
///
/// Source: PS3.4 C.6.2 (Study Root). Answers are strangers' bytes: they go through our own bounded parser.
enum StudyQuery {
    /// Instances in one question: keeps a UID list within the 64 KiB of an explicit VR value.
    static let instancesPerQuestion = 200

    /// Asks for the study by its UID; wants patient and accession back.
    static func study(_ values: DeliveryIdentity.Values) -> DataSet {
        var identifier = DataSet()
        identifier.set(DeliveryIdentity.queryLevel, .CS, "STUDY")
        identifier.set(.studyInstanceUID, values.studyInstanceUID)
        for (tag, vr) in [(Tag.accessionNumber, VR.SH), (.patientID, .LO), (.issuerOfPatientID, .LO)] {
            identifier.set(DataElement(tag, vr, bytes: []))
        }
        return identifier
    }

    /// Asks which of some instances are there.
    static func images(_ values: DeliveryIdentity.Values, _ instances: ArraySlice<UID>) -> DataSet {
        var identifier = DataSet()
        identifier.set(DeliveryIdentity.queryLevel, .CS, "IMAGE")
        identifier.set(.studyInstanceUID, values.studyInstanceUID)
        // A hierarchical query names its series; where the result does not know it, the query is relational.
        if values.series.count == 1, let series = values.series.first { identifier.set(.seriesInstanceUID, series) }
        identifier.set(.sopInstanceUID, .UI, instances.map(\.value).joined(separator: "\\"))
        return identifier
    }

    /// Asks which of some instances are there, in any study: a relational query (PS3.4 C.4.1.2.2).
    static func instances(_ instances: ArraySlice<UID>) -> DataSet {
        var identifier = DataSet()
        identifier.set(DeliveryIdentity.queryLevel, .CS, "IMAGE")
        identifier.set(.sopInstanceUID, .UI, instances.map(\.value).joined(separator: "\\"))
        return identifier
    }

    /// Where answers to the first question and the result differ. `nil`: the study is not there.
    static func differences(
        of answers: [DataSet], from values: DeliveryIdentity.Values
    ) -> Set<Agreement.Difference>? {
        let studies = answers.filter { $0.uid(.studyInstanceUID) == values.studyInstanceUID }
        guard !studies.isEmpty else { return nil }
        var found: Set<Agreement.Difference> = []
        for study in studies {
            if DeliveryIdentity.plain(study[.patientID]) != values.patientID { found.insert(.patientID) }
            // Both are often not kept or not returned: only two different statements contradict each other.
            func contradict(_ tag: Tag, _ ours: [UInt8]) -> Bool {
                let theirs = DeliveryIdentity.plain(study[tag])
                return !theirs.isEmpty && !ours.isEmpty && theirs != ours
            }
            if contradict(.issuerOfPatientID, values.issuerOfPatientID) { found.insert(.issuerOfPatientID) }
            if contradict(.accessionNumber, values.accessionNumber) { found.insert(.accessionNumber) }
        }
        return found
    }
}
