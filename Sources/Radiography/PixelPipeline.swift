import DICOMCore

/// The one pixel pipeline: from the stored pixels of a radiograph to the picture that a person sees, and on to the
/// numbers that a network takes. Daemon, trainer and evaluator use this and nothing else.
///
/// Pure: the same bytes and header give the same bits.
public enum PixelPipeline {
    /// Makes the picture of the first frame: stored bits and sign, Modality LUT or rescale, VOI LUT or window (or the
    /// full range), polarity, padding, colour to luminance.
    ///
    /// `samples` are little-endian, uncompressed, at least one frame. Padding pixels become black and do not count in
    /// `facts`. Throws for too few bytes, and for bits or photometric interpretations that no radiograph has.
    /// Source: PS3.3 C.7.6.3, C.7.5.1.1.2 (padding), C.11; PS3.4 N.2.
    public static func picture(
        native samples: [UInt8], geometry: PixelGeometry, header: DataSet
    ) throws(RadiographyError) -> Picture {
        try Picture.check(rows: geometry.rows, columns: geometry.columns)
        guard geometry.bitsAllocated == 8 || geometry.bitsAllocated == 16 else {
            throw .unsupportedBitsAllocated(geometry.bitsAllocated)
        }
        switch geometry.photometricInterpretation {
        case "MONOCHROME1", "MONOCHROME2":
            guard geometry.samplesPerPixel == 1 else { throw .unsupportedPhotometricInterpretation }
            try checkLength(samples, geometry)
            return grayscale(samples, geometry, header)
        case "RGB", "YBR_FULL":
            guard geometry.samplesPerPixel == 3, geometry.bitsAllocated == 8 else {
                throw .unsupportedPhotometricInterpretation
            }
            try checkLength(samples, geometry)
            return luminance(samples, geometry, header)
        default:
            throw .unsupportedPhotometricInterpretation
        }
    }

    private static func checkLength(_ samples: [UInt8], _ geometry: PixelGeometry) throws(RadiographyError) {
        let expected = geometry.rows * geometry.columns * geometry.samplesPerPixel * (geometry.bitsAllocated / 8)
        guard samples.count >= expected else {
            throw .pixelDataTooShort(expected: expected, actual: samples.count)
        }
    }

    /// Gray pixels: one table from stored bits to gray level, built once, then one look-up per pixel.
    private static func grayscale(_ samples: [UInt8], _ geometry: PixelGeometry, _ header: DataSet) -> Picture {
        let codes = StoredCodes(geometry)
        let counts = PixelKernels.codeCounts(samples, codes, pixels: geometry.rows * geometry.columns)
        let transform = GrayscaleTransform(header: header, geometry: geometry)
        var remarks = transform.remarks
        var isPadding = PixelPadding(header, geometry).map { padding in
            (0..<codes.count).map { padding.contains(codes.storedValue($0)) }
        }
        if let mask = isPadding, !zip(counts, mask).contains(where: { $0 > 0 && !$1 }) {
            isPadding = nil
            remarks.insert(.paddingIgnored)
        }
        let present = (0..<codes.count).filter { counts[$0] > 0 && isPadding?[$0] != true }
        let modality = (0..<codes.count).map { transform.modalityValue(codes.storedValue($0)) }
        let range = GrayscaleTransform.ValuesOfInterest.fullRange(
            low: present.map { modality[$0] }.min() ?? 0, high: present.map { modality[$0] }.max() ?? 0)
        var interest = transform.valuesOfInterest ?? range
        // A window beside the picture shows one flat field; no reader would leave it there.
        if present.count > 1, let first = present.first {
            let level = transform.steps(modality[first], interest)
            if !present.contains(where: { transform.steps(modality[$0], interest) != level }) {
                interest = range
                remarks.insert(.windowIgnored)
            }
        }
        var table = [Float](repeating: 0, count: codes.count)
        var bins = [Int](repeating: 0, count: PictureFacts.steps + 1)
        for code in 0..<codes.count where isPadding?[code] != true {
            let level = transform.steps(modality[code], interest) + PictureFacts.steps / 2
            table[code] = Float(level) / Float(PictureFacts.steps)
            bins[level] += counts[code]
        }
        return Picture(
            rows: geometry.rows, columns: geometry.columns,
            values: PixelKernels.lookUp(samples, codes, table, pixels: geometry.rows * geometry.columns),
            wasInverted: transform.isInverted, remarks: remarks, facts: PictureFacts(bins: bins))
    }

    /// Colour pixels (a scanned film, a secondary capture): ITU-R BT.601 luminance, on the picture's grid.
    private static func luminance(_ samples: [UInt8], _ geometry: PixelGeometry, _ header: DataSet) -> Picture {
        let pixels = geometry.rows * geometry.columns
        let isPlanar = header.uint16(.planarConfiguration) == 1
        let isRGB = geometry.photometricInterpretation == "RGB"
        var values = [Float](repeating: 0, count: pixels)
        for pixel in 0..<pixels {
            let first = isPlanar ? pixel : pixel * 3
            let step = isPlanar ? pixels : 1
            let weighted =
                isRGB
                ? 299 * Int(samples[first]) + 587 * Int(samples[first + step]) + 114 * Int(samples[first + 2 * step])
                : 1000 * Int(samples[first])
            values[pixel] = Float((weighted * PictureFacts.steps + 127_500) / 255_000) / Float(PictureFacts.steps)
        }
        return Picture(
            rows: geometry.rows, columns: geometry.columns, values: values, wasInverted: false, remarks: [],
            facts: PictureFacts(bins: PixelKernels.levelCounts(values)))
    }
}
