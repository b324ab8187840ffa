import DICOMCore
import Durability
import Sealing

/// Keyed token of what the outside world calls a study. The name itself stays in the sealed identity.
struct StudyNames: Sendable {
    /// Of Accession Number; `nil` if it is empty.
    let accession: String?

    init(_ header: DataSet, key: PseudonymKey) throws {
        let text = header.text(.accessionNumber) ?? ""
        accession = text.isEmpty ? nil : try OutsideName.accession.pseudonyms(of: text, keys: [key]).first
    }

    func insert(for study: String, in transaction: borrowing Transaction) throws {
        guard let accession else { return }
        try transaction.execute(
            "INSERT OR IGNORE INTO study_name VALUES (?, ?, ?)", .text(study), .text(OutsideName.accession.rawValue),
            .text(accession))
    }
}
