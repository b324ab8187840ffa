import DICOMCore
import StandardTables

/// Turns the bytes of a data set into a `DataSet`, iteratively and within limits.
///
/// Values keep their bytes. In implicit VR the dictionary names the VR; what it does not know becomes UN, and unknown
/// or private attributes of undefined length become SQ. US or SS is decided by Pixel Representation. Pixel data, where
/// the bytes hold any, become one element: the value of native pixels; for encapsulated pixels the whole item
/// structure with its delimiter, which `DataSetWriter` writes back as it was.
///
/// Source: PS3.5 7.
public enum DataSetParser {
    /// Parses a whole data set, with or without pixel data. Throws `StreamError`; `truncated` if the last element is
    /// not complete.
    public static func parse(
        _ bytes: [UInt8], transferSyntax: TransferSyntax, limits: ScanLimits = .standard
    ) throws(StreamError) -> DataSet {
        guard transferSyntax.isLittleEndian, !transferSyntax.isDeflated else {
            throw StreamError(.transferSyntaxNotSupported, at: 0)
        }
        var reader = StructureReader(transferSyntax, limits)
        var builder = DataSetBuilder()
        while let event = try reader.next(in: bytes) {
            switch event {
            case .element(let tag, let vr, let range), .fragments(let tag, let vr, let range):
                guard range.upperBound <= bytes.count else { throw StreamError(.truncated, at: bytes.count) }
                builder.add(tag, vr, bytes[range])
            case .sequenceStart(let tag): builder.beginSequence(tag)
            case .itemStart: builder.beginItem()
            case .itemEnd: builder.endItem()
            case .sequenceEnd: builder.endSequence()
            case .fragment: break
            case .pixelData(let vr, let length):
                let end = try pixelEnd(bytes, from: reader.position, length, transferSyntax, limits)
                builder.add(.pixelData, vr, bytes[reader.position..<end])
                reader.skip(to: end)
            }
        }
        guard reader.isAtTopLevel, reader.position == bytes.count else {
            throw StreamError(.truncated, at: bytes.count)
        }
        return builder.dataSet
    }

    private static func pixelEnd(
        _ bytes: [UInt8], from start: Int, _ length: Int?, _ transferSyntax: TransferSyntax, _ limits: ScanLimits
    ) throws(StreamError) -> Int {
        guard (length != nil) != transferSyntax.isEncapsulated else {
            throw StreamError(.pixelDataEncodingMismatch, at: start)
        }
        if let length {
            guard length <= limits.maximumPixelBytes else { throw StreamError(.pixelDataTooLarge, at: start) }
            guard start + length <= bytes.count else { throw StreamError(.truncated, at: bytes.count) }
            return start + length
        }
        return try FragmentScanner.end(of: bytes, from: start, limits)
    }
}

extension FragmentScanner {
    /// Where the item structure that begins at `start` ends, its delimiter included.
    static func end(of bytes: [UInt8], from start: Int, _ limits: ScanLimits) throws(StreamError) -> Int {
        var scanner = FragmentScanner(limits)
        let result: Result<Int, StreamError> = unsafe bytes.withUnsafeBytes { all in
            do throws(StreamError) {
                return .success(try unsafe scanner.scan(UnsafeRawBufferPointer(rebasing: all[start...]), at: start))
            } catch {
                return .failure(error)
            }
        }
        let count = try result.get()
        guard scanner.isFinished else { throw StreamError(.truncated, at: bytes.count) }
        return start + count
    }
}

/// Puts events together to nested data sets, with a stack of its own.
///
/// Elements are gathered first and sorted when their data set ends: a header whose tags fall instead of rising must not
/// cost a quadratic number of moves.
private struct DataSetBuilder {
    /// Elements of the open data sets, the innermost last.
    private var open: [[DataElement]] = [[]]
    /// The open sequences: their tag and the items that are complete.
    private var sequences: [(tag: Tag, items: [DataSet])] = []
    private var isSigned = false

    var dataSet: DataSet { Self.sorted(open.first ?? []) }

    private static func sorted(_ elements: [DataElement]) -> DataSet {
        var isSorted = true
        for index in elements.indices.dropFirst() where elements[index - 1].tag > elements[index].tag {
            isSorted = false
            break
        }
        return DataSet(isSorted ? elements : elements.sorted { $0.tag < $1.tag })
    }

    mutating func add(_ tag: Tag, _ vr: VR, _ value: ArraySlice<UInt8>) {
        if tag == .pixelRepresentation, open.count == 1 { isSigned = value.first == 1 }
        let resolved = vr == .US && isSigned && StandardTables.dependsOnPixelRepresentation(tag) ? .SS : vr
        open[open.count - 1].append(DataElement(tag, resolved, bytes: Array(value)))
    }

    mutating func beginSequence(_ tag: Tag) { sequences.append((tag, [])) }

    mutating func beginItem() { open.append([]) }

    mutating func endItem() {
        guard let item = open.popLast(), !sequences.isEmpty else { return }
        sequences[sequences.count - 1].items.append(Self.sorted(item))
    }

    mutating func endSequence() {
        guard let sequence = sequences.popLast() else { return }
        open[open.count - 1].append(DataElement(sequence.tag, items: sequence.items))
    }
}
