import DICOMCore
import Passage

/// Finds out how the beam went through the patient.
///
/// Source: PS3.3 C.8.1.1.1 (View Position), C.8.11.5 (View Code Sequence), C.7.6.1.1.1 (Patient Orientation).
enum ViewReading {
    private typealias View = AnalysisFacts.ViewPosition

    private static let viewCodeSequence = Tag(0x0054, 0x0220)
    private static let protocolName = Tag(0x0018, 0x1030)
    private static let processingDescription = Tag(0x0018, 0x1400)

    static func view(_ header: DataSet) -> (AnalysisFacts.ViewPosition, AnalysisFacts.ViewSource) {
        if let text = header.text(.viewPosition), !text.isEmpty {
            if let view = word(text) { return (view, .viewPosition) }
            return (.other, .viewPosition)
        }
        if let item = header.items(viewCodeSequence).first, let view = code(item) { return (view, .viewCodeSequence) }
        for tag in [Tag.seriesDescription, protocolName, processingDescription, .studyDescription] {
            if let text = header.text(tag), let view = description(text) { return (view, .description) }
        }
        // Rows that run from front to back are a view from the side; which side, they do not say.
        let orientation = header.texts(.patientOrientation)
        if let rows = orientation.first, rows == "A" || rows == "P" { return (.lateral, .patientOrientation) }
        return (.unknown, .none)
    }

    private static func word(_ text: String) -> View? {
        switch text.uppercased() {
        case "PA", "P-A": .posteroAnterior
        case "AP", "A-P": .anteroPosterior
        case "LL", "LLAT": .leftLateral
        case "RL", "RLAT": .rightLateral
        case "LAT", "LATERAL": .lateral
        default: nil
        }
    }

    /// CID 4010: code values of SNOMED CT and of the older SNOMED RT.
    private static func code(_ item: DataSet) -> View? {
        switch item.text(Tag(0x0008, 0x0100)) {
        case "272479007", "R-10214", "R-40888": .posteroAnterior
        case "399348003", "R-10206": .anteroPosterior
        case "399173006", "R-10236": .leftLateral
        case "399198007", "R-10232": .rightLateral
        case "399067008", "R-102CD": .lateral
        case nil: nil
        default: .other
        }
    }

    /// A description names a view if exactly one kind of view occurs among its words.
    private static func description(_ text: String) -> View? {
        let words = text.uppercased().split { !$0.isLetter && $0 != "-" }
        let views = Set(words.compactMap { word(String($0)) })
        return views.count == 1 ? views.first : nil
    }
}
