import DICOMCore

/// An image that was analysed: how it is named in the original study, and the few facts that a result repeats of it.
///
/// Source: PS3.3 C.17.2 (evidence), PS3.16 TID 1602, 1603 (image library).
public struct ReferencedImage: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let object: ReferencedObject
    public let rows: Int
    public let columns: Int
    /// `CR`, `DX`, …; empty if the source does not say.
    public let modality: String
    /// View Position, e.g. `PA`; empty if the source does not say.
    public let viewPosition: String
    /// Elements that a derived image repeats byte by byte: orientation, laterality, body part, lossy history.
    let inherited: DataSet
    /// Row and column direction, e.g. `L` and `F`; `nil` unless both are given.
    let orientation: (row: String, column: String)?
    /// Distance of pixel centres down and across in millimetres, as decimal strings of the source.
    let spacing: (vertical: String, horizontal: String)?

    /// Reads the header of an original. A lossy `transferSyntax` is history that a result must repeat, even where the
    /// header forgot to say so. Throws if a UID, Rows or Columns is missing.
    public init(header: DataSet, transferSyntax: TransferSyntax? = nil) throws(ReportingError) {
        guard let sopClass = header.uid(.sopClassUID) else { throw .sourceLacksAttribute(.sopClassUID) }
        guard let instance = header.uid(.sopInstanceUID) else { throw .sourceLacksAttribute(.sopInstanceUID) }
        guard let series = header.uid(.seriesInstanceUID) else { throw .sourceLacksAttribute(.seriesInstanceUID) }
        guard let rows = header.uint16(.rows), rows > 0 else { throw .sourceLacksAttribute(.rows) }
        guard let columns = header.uint16(.columns), columns > 0 else { throw .sourceLacksAttribute(.columns) }
        object = ReferencedObject(sopClassUID: sopClass, sopInstanceUID: instance, seriesInstanceUID: series)
        self.rows = Int(rows)
        self.columns = Int(columns)
        modality = header.text(.modality) ?? ""
        viewPosition = header.text(.viewPosition) ?? ""
        var inherited = DataSet()
        for (tag, vr) in ReferencedImage.inheritedTags {
            if let element = header[tag], !element.isEmpty {
                inherited.set(DataElement(tag, vr, bytes: element.bytes))
            }
        }
        if let method = transferSyntax.flatMap(ReferencedImage.lossyMethod),
            inherited.text(.lossyImageCompression) != "01"
        {
            inherited.set(.lossyImageCompression, .CS, "01")
            inherited.set(.lossyImageCompressionMethod, .CS, method)
        }
        self.inherited = inherited
        let directions = header.texts(.patientOrientation)
        orientation =
            directions.count == 2 && !directions[0].isEmpty && !directions[1].isEmpty
            ? (directions[0], directions[1]) : nil
        let distances =
            [Tag.pixelSpacing, .imagerPixelSpacing].map { header.texts($0) }
            .first { $0.count == 2 && $0.allSatisfy { (Double($0) ?? 0) > 0 && $0.utf8.count <= 16 } }
        spacing = distances.map { ($0[0], $0[1]) }
    }

    /// The defined term for syntaxes that always lose something (PS3.3 C.7.6.1.1.5.1). JPEG 2000 may be reversible, so
    /// there the header decides.
    private static func lossyMethod(_ syntax: TransferSyntax) -> String? {
        switch syntax {
        case .jpegBaseline, .jpegExtended: "ISO_10918_1"
        case .jpegLSNearLossless: "ISO_14495_1"
        default: nil
        }
    }

    private static let inheritedTags: [(Tag, VR)] = [
        (.patientOrientation, .CS), (.laterality, .CS), (.imageLaterality, .CS), (.bodyPartExamined, .CS),
        (.lossyImageCompression, .CS), (.lossyImageCompressionRatio, .DS), (.lossyImageCompressionMethod, .CS),
    ]

    public var sopClassUID: UID { object.sopClassUID }
    public var sopInstanceUID: UID { object.sopInstanceUID }
    public var seriesInstanceUID: UID { object.seriesInstanceUID }
    var reference: DataSet { object.reference }

    public var description: String { "‹referenced image›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
