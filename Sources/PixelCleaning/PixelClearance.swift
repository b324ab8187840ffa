import DICOMCore

/// Decides about the pixels of one image, and cleans them where the rules say so. Pure.
///
/// Source: PS3.15 E.3.1 (Clean Pixel Data Option).
public struct PixelClearance: Sendable {
    public enum Verdict: Sendable, Hashable {
        case clear
        /// Pixels were covered.
        case masked
        case hold(ClearanceReason)
        case refuse(ClearanceReason)
    }

    public let rules: PixelRules
    private let detector: TextDetector

    /// Throws `damagedFont`.
    public init(rules: PixelRules) throws(PixelCleaningError) {
        self.rules = rules
        detector = try TextDetector(markerWords: rules.markerWords)
    }

    /// The bytes of Pixel Data without what lies beside the pixels, or why the image must wait.
    public func bytes(
        _ pixels: [UInt8], transferSyntax: TransferSyntax, geometry: PixelGeometry, report: inout ClearanceReport
    ) -> (bytes: [UInt8], verdict: Verdict) {
        let cleaned: CleanedPixels
        do throws(PixelCleaningError) {
            cleaned = try StreamResidue.clean(pixels, transferSyntax: transferSyntax, geometry: geometry)
        } catch {
            return (pixels, .hold(.unreadable))
        }
        report.residue = cleaned.found
        return (cleaned.bytes, cleaned.found.isEmpty || rules.residue == .strip ? .clear : .hold(.residue))
    }

    /// Covers `regions` (what the site's table wants), searches, and acts by the rules. `samples`: one uncompressed
    /// frame, little-endian; changed only for the verdict `masked`. Where a person has looked at the image and released
    /// it (`isReleased`), only the regions are covered.
    public func pixels(
        _ samples: inout [UInt8], geometry: PixelGeometry, header: DataSet, regions: [PixelBox],
        isReleased: Bool = false, report: inout ClearanceReport
    ) -> Verdict {
        let says = !isReleased && header.text(.burnedInAnnotation)?.uppercased() == "YES"
        if says, rules.annotation == .refuse { return .refuse(.annotation) }
        do throws(PixelCleaningError) {
            var covered = samples
            if !regions.isEmpty {
                try PixelMasker.mask(regions, in: &covered, geometry: geometry, header: header)
                report.masked = regions
            }
            let search = isReleased ? [] : detector.detect(native: covered, geometry: geometry)
            guard let found = search else { return .hold(.unreadable) }
            report.text = found.map(\.box)
            if says, rules.annotation == .hold { return .hold(.annotation) }
            if !found.isEmpty {
                if rules.text == .refuse { return .refuse(.text) }
                if rules.text == .hold, !(says && rules.annotation == .mask) { return .hold(.text) }
                let boxes = found.map { $0.covered(rows: geometry.rows, columns: geometry.columns) }
                try PixelMasker.mask(boxes, in: &covered, geometry: geometry, header: header)
                report.masked += boxes
                guard detector.detect(native: covered, geometry: geometry)?.isEmpty == true else {
                    return .hold(.textRemains)
                }
            }
            if says, report.masked.isEmpty { return .hold(.annotation) }
            if report.masked.isEmpty { return .clear }
            samples = covered
            return .masked
        } catch {
            return .hold(.unreadable)
        }
    }
}

extension DataSet {
    /// Says that the pixels were cleaned: Burned In Annotation NO, and Clean Pixel Data Option among the methods.
    ///
    /// Source: PS3.15 E.3.1; PS3.16 CID 7050.
    public mutating func markPixelsClean() {
        set(.burnedInAnnotation, .CS, "NO")
        let code = Code("113101", "DCM", "Clean Pixel Data Option")
        let others = items(.deidentificationMethodCodeSequence).filter { $0.text(Tag(0x0008, 0x0100)) != code.value }
        set(.deidentificationMethodCodeSequence, items: others + [DataSet(code: code)])
    }
}
