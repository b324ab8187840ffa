import DICOMCore

/// How the source wants to be shown: what a presentation state must repeat, so that the region appears on the picture
/// that the modality meant.
///
/// Source: PS3.3 C.11.1 (Modality LUT), C.11.8 (Softcopy VOI LUT), C.11.6 (Softcopy Presentation LUT).
public struct DisplayAttributes: Sendable {
    /// Modality LUT Sequence, or Rescale Slope, Intercept and Type.
    let modality: DataSet
    /// VOI LUT Sequence, or Window Center and Width with their explanation and function.
    let valuesOfInterest: DataSet
    let isInverted: Bool

    /// Reads the header of an original.
    public init(header: DataSet) {
        modality = DisplayAttributes.part(header, table: .modalityLUTSequence, linear: DisplayAttributes.rescale)
        valuesOfInterest = DisplayAttributes.part(header, table: .voiLUTSequence, linear: DisplayAttributes.window)
        isInverted =
            header.text(.photometricInterpretation) == "MONOCHROME1"
            || header.text(.presentationLUTShape) == "INVERSE"
    }

    private static let rescale: [(Tag, VR)] = [
        (.rescaleIntercept, .DS), (.rescaleSlope, .DS), (Tag(0x0028, 0x1054), .LO),
    ]
    private static let window: [(Tag, VR)] = [
        (.windowCenter, .DS), (.windowWidth, .DS), (Tag(0x0028, 0x1055), .LO), (Tag(0x0028, 0x1056), .CS),
    ]

    /// The table, or else the numbers of a straight line; nothing unless the first two of them are there.
    private static func part(_ header: DataSet, table: Tag, linear: [(Tag, VR)]) -> DataSet {
        var part = DataSet()
        if let sequence = header[table], !sequence.items.isEmpty {
            part.set(sequence)
            return part
        }
        guard linear.prefix(2).allSatisfy({ header[$0.0]?.isEmpty == false }) else { return part }
        for (tag, vr) in linear {
            if let element = header[tag], !element.isEmpty { part.set(DataElement(tag, vr, bytes: element.bytes)) }
        }
        // A rescale without type has type US by custom; the attribute must be there (PS3.3 Table C.11-1b).
        if table == .modalityLUTSequence, part[Tag(0x0028, 0x1054)] == nil { part.set(Tag(0x0028, 0x1054), .LO, "US") }
        return part
    }
}
