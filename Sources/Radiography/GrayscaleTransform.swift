#if canImport(Glibc)
    import Glibc
#else
    import Foundation
#endif
import DICOMCore

/// The way from stored values to gray levels that a header asks for: modality, then values of interest, then polarity.
///
/// Source: PS3.4 N.2, PS3.3 C.11.1 (Modality LUT), C.11.2 (VOI LUT), C.11.6 (Softcopy Presentation LUT).
struct GrayscaleTransform {
    enum Modality {
        case table(LookupTable)
        case linear(slope: Double, intercept: Double)
    }

    enum ValuesOfInterest {
        case table(LookupTable)
        case linear(center: Double, width: Double)
        case linearExact(center: Double, width: Double)
        case sigmoid(center: Double, width: Double)
        /// Smallest and largest modality value of the picture.
        case fullRange(low: Double, high: Double)
    }

    let modality: Modality
    /// What the header asks for; `nil` if it asks for nothing.
    let valuesOfInterest: ValuesOfInterest?
    let isInverted: Bool
    var remarks: Set<PictureRemark> = []

    /// Reads a header. What cannot be followed is left out and remarked.
    init(header: DataSet, geometry: PixelGeometry) {
        var remarks: Set<PictureRemark> = []
        modality = GrayscaleTransform.modality(header, isSigned: geometry.isSigned, &remarks)
        valuesOfInterest = GrayscaleTransform.valuesOfInterest(header, modality, geometry, &remarks)
        // A DX object says the same twice: MONOCHROME1 comes with INVERSE (PS3.3 C.8.11.3.1.2). It is one inversion.
        isInverted =
            geometry.photometricInterpretation == "MONOCHROME1" || header.text(.presentationLUTShape) == "INVERSE"
        self.remarks = remarks
    }

    /// The modality value of a stored value.
    func modalityValue(_ stored: Int) -> Double {
        switch modality {
        case .table(let table): table.output(Double(stored))
        case .linear(let slope, let intercept): slope * Double(stored) + intercept
        }
    }

    /// The gray level of a modality value in steps from mid-gray, −32768…32768, polarity applied.
    ///
    /// Everything is computed as a distance from the middle and rounded away from it, so that the mirror image of a
    /// transform gives exactly the negative steps.
    func steps(_ value: Double, _ interest: ValuesOfInterest) -> Int {
        let distance: Double
        switch interest {
        case .table(let table):
            distance = table.output(value) / table.maximumOutput - 0.5
        case .linear(let center, let width):
            // PS3.3 C.11.2.1.2.1: the window is one narrower and half a step lower than its numbers.
            let offset = value - (center - 0.5)
            distance = width > 1 ? offset / (width - 1) : (offset > 0 ? 0.5 : -0.5)
        case .linearExact(let center, let width):
            distance = (value - center) / width
        case .sigmoid(let center, let width):
            distance = 0.5 * tanh(2 * (value - center) / width)
        case .fullRange(let low, let high):
            distance = high > low ? (value - (low + high) / 2) / (high - low) : 0
        }
        let limited = min(max(distance, -0.5), 0.5)
        let steps = Int((limited * Double(PictureFacts.steps)).rounded(.toNearestOrAwayFromZero))
        return isInverted ? -steps : steps
    }

    private static func modality(
        _ header: DataSet, isSigned: Bool, _ remarks: inout Set<PictureRemark>
    ) -> Modality {
        if let item = header.items(Tag(0x0028, 0x3000)).first {
            if let table = LookupTable(item: item, inputIsSigned: isSigned) { return .table(table) }
            remarks.insert(.lookupTableIgnored)
        }
        guard header.text(.rescaleSlope) != nil || header.text(.rescaleIntercept) != nil else {
            return .linear(slope: 1, intercept: 0)
        }
        guard let slope = header.decimal(.rescaleSlope), let intercept = header.decimal(.rescaleIntercept),
            slope.isFinite, slope != 0, intercept.isFinite, abs(slope) < 1e9, abs(intercept) < 1e12
        else {
            remarks.insert(.rescaleIgnored)
            return .linear(slope: 1, intercept: 0)
        }
        return .linear(slope: slope, intercept: intercept)
    }

    private static func valuesOfInterest(
        _ header: DataSet, _ modality: Modality, _ geometry: PixelGeometry, _ remarks: inout Set<PictureRemark>
    ) -> ValuesOfInterest? {
        if let item = header.items(Tag(0x0028, 0x3010)).first {
            if let table = LookupTable(item: item, inputIsSigned: outputIsSigned(modality, geometry)) {
                return .table(table)
            }
            remarks.insert(.lookupTableIgnored)
        }
        guard let center = header.decimal(.windowCenter), let width = header.decimal(.windowWidth) else { return nil }
        guard center.isFinite, width.isFinite, abs(center) < 1e12, width > 0, width < 1e12 else {
            remarks.insert(.windowIgnored)
            return nil
        }
        switch header.text(Tag(0x0028, 0x1056)) {
        case "SIGMOID": return .sigmoid(center: center, width: width)
        case "LINEAR_EXACT": return .linearExact(center: center, width: width)
        default:
            if width >= 1 { return .linear(center: center, width: width) }
            remarks.insert(.windowIgnored)
            return nil
        }
    }

    /// The first entry of a VOI LUT is signed if the values that reach it can be negative (PS3.3 C.11.2.1.1).
    private static func outputIsSigned(_ modality: Modality, _ geometry: PixelGeometry) -> Bool {
        switch modality {
        case .table: false
        case .linear(_, let intercept): geometry.isSigned || intercept < 0
        }
    }
}
