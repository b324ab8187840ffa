import DICOMCore
import StandardTables

/// Writes data sets: defined lengths, ascending tags, even values; same data set, same bytes.
///
/// Source: PS3.5 7.
public enum DataSetWriter {
    /// Encodes a data set in implicit VR little endian or in any explicit VR little endian syntax.
    ///
    /// Native pixel data are written with their length; in an encapsulated syntax pixel data whose value is a whole
    /// item structure get undefined length. In implicit VR so do sequences that the dictionary does not know: nothing
    /// else would tell a reader that they are sequences. Values that a 16-bit length cannot hold go out as UN (PS3.5 6.2.2).
    /// Nesting is as deep as the data set; the parser's limit holds for what came from outside.
    public static func write(_ dataSet: DataSet, transferSyntax: TransferSyntax) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(4096)
        append(dataSet, to: &output, transferSyntax)
        return output
    }

    /// The header of a pixel data element, to stand before pixels that are streamed.
    public static func pixelDataHeader(_ element: PixelElement, transferSyntax: TransferSyntax) -> [UInt8] {
        var output: [UInt8] = []
        appendHeader(.pixelData, element.vr, element.declaredLength ?? .max, to: &output, transferSyntax)
        return output
    }

    private static func append(_ dataSet: DataSet, to output: inout [UInt8], _ transferSyntax: TransferSyntax) {
        for element in dataSet.elements {
            switch element.value {
            case .items(let items): append(items, element.tag, to: &output, transferSyntax)
            case .bytes(let bytes): append(bytes, element, to: &output, transferSyntax)
            }
        }
    }

    private static func append(
        _ items: [DataSet], _ tag: Tag, to output: inout [UInt8], _ transferSyntax: TransferSyntax
    ) {
        let isOpen = !transferSyntax.isExplicitVR && StandardTables.vr(of: tag) == nil
        appendHeader(tag, .SQ, isOpen ? .max : 0, to: &output, transferSyntax)
        let start = output.count
        for item in items {
            output.append(.item)
            output.append(littleEndian: UInt32(0))
            let itemStart = output.count
            append(item, to: &output, transferSyntax)
            output.replace(littleEndian: UInt32(output.count - itemStart), at: itemStart - 4)
        }
        if isOpen {
            output.append(.sequenceDelimiter)
            output.append(littleEndian: UInt32(0))
        } else {
            output.replace(littleEndian: UInt32(output.count - start), at: start - 4)
        }
    }

    private static func append(
        _ bytes: [UInt8], _ element: DataElement, to output: inout [UInt8], _ transferSyntax: TransferSyntax
    ) {
        let isWhole = element.tag == .pixelData && transferSyntax.isEncapsulated && isItemStructure(bytes)
        let padding = isWhole ? 0 : bytes.count & 1
        let length = isWhole ? UInt32.max : UInt32(bytes.count + padding)
        let fits = element.vr.hasLongLength || length <= UInt16.max
        appendHeader(element.tag, fits ? element.vr : .UN, length, to: &output, transferSyntax)
        output.append(contentsOf: bytes)
        if padding == 1 { output.append(element.vr.paddingByte) }
    }

    private static func isItemStructure(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= 8, bytes.starts(with: [0xFE, 0xFF]) else { return false }
        let limits = ScanLimits(maximumPixelBytes: .max, maximumFragments: .max - 1)
        do throws(StreamError) {
            return try FragmentScanner.end(of: bytes, from: 0, limits) == bytes.count
        } catch {
            // Not a structure: an ordinary value.
            return false
        }
    }

    private static func appendHeader(
        _ tag: Tag, _ vr: VR, _ length: UInt32, to output: inout [UInt8], _ transferSyntax: TransferSyntax
    ) {
        output.append(tag)
        guard transferSyntax.isExplicitVR else { return output.append(littleEndian: length) }
        output.append(contentsOf: vr.rawValue.utf8)
        if vr.hasLongLength {
            output.append(littleEndian: UInt16(0))
            output.append(littleEndian: length)
        } else {
            output.append(littleEndian: UInt16(truncatingIfNeeded: length))
        }
    }
}
