import DICOMCore

/// What a decoding child is asked and what it answers, as bytes: little-endian numbers, counted strings.
///
/// Both ends are the same executable, so the format has no versions; the first bytes guard against anything else.
enum CodecMessage {
    static let requestMark = Array("CXW1".utf8)
    static let replyMark = Array("CXR1".utf8)
    /// Compressed bytes of one object. A lossless encoder never makes more of a frame than this by much.
    static let maxFragmentByteCount = FrameDecoder.maxFrameByteCount
    /// Mark, success, count.
    static let replyHeadByteCount = 4 + 1 + 8

    struct Request: Equatable {
        var fragments: [UInt8]
        var transferSyntax: TransferSyntax
        var geometry: PixelGeometry
    }

    // MARK: request

    static func encode(_ request: Request) -> [UInt8] {
        var out = requestMark
        let geometry = request.geometry
        for value in [
            geometry.rows, geometry.columns, geometry.frames, geometry.samplesPerPixel, geometry.bitsAllocated,
            geometry.bitsStored, geometry.highBit, geometry.isSigned ? 1 : 0,
        ] { append(UInt64(max(value, 0)), to: &out) }
        for text in [request.transferSyntax.uid.value, geometry.photometricInterpretation] {
            append(UInt64(text.utf8.count), to: &out)
            out.append(contentsOf: text.utf8)
        }
        append(UInt64(request.fragments.count), to: &out)
        out.append(contentsOf: request.fragments)
        return out
    }

    /// Reads a request from a source that gives exactly so many bytes, or `nil`.
    static func readRequest(_ read: (Int) -> [UInt8]?) -> Request? {
        guard read(4) == requestMark else { return nil }
        var numbers: [Int] = []
        for _ in 0..<8 {
            guard let number = readNumber(read) else { return nil }
            numbers.append(number)
        }
        guard let transferSyntax = readText(read).flatMap({ UID($0) }), let photometric = readText(read),
            let count = readNumber(read), count <= maxFragmentByteCount, let fragments = read(count)
        else { return nil }
        let geometry = PixelGeometry(
            rows: numbers[0], columns: numbers[1], frames: numbers[2], samplesPerPixel: numbers[3],
            bitsAllocated: numbers[4], bitsStored: numbers[5], highBit: numbers[6], isSigned: numbers[7] == 1,
            photometricInterpretation: photometric)
        return Request(fragments: fragments, transferSyntax: TransferSyntax(transferSyntax), geometry: geometry)
    }

    // MARK: reply

    static func encode(_ reply: Result<[UInt8], ToolkitError>) -> [UInt8] {
        var out = replyMark
        switch reply {
        case .success(let samples):
            out.append(0)
            append(UInt64(samples.count), to: &out)
            out.append(contentsOf: samples)
        case .failure(let error):
            out.append(number(of: error))
            append(0, to: &out)
        }
        return out
    }

    /// Reads the head of a reply: how many samples follow, or why there are none.
    static func readReplyHead(_ head: [UInt8]) -> Result<Int, ToolkitError> {
        guard head.count == replyHeadByteCount, head.starts(with: replyMark) else { return .failure(.workerDied) }
        if head[4] != 0 { return .failure(error(for: head[4])) }
        return .success(Int(truncatingIfNeeded: number(head[5...])))
    }

    /// The errors that a decoder gives; a child that claims any other has lost its mind.
    private static let errors: [ToolkitError] = [
        .unsupportedTransferSyntax, .malformedEncapsulation, .geometryMismatch, .frameTooLarge, .decodingFailed,
        .internalFailure, .invalidArgument,
    ]

    private static func number(of error: ToolkitError) -> UInt8 {
        UInt8((errors.firstIndex(of: error) ?? errors.count) + 1)
    }

    private static func error(for number: UInt8) -> ToolkitError {
        let index = Int(number) - 1
        return errors.indices.contains(index) ? errors[index] : .workerDied
    }

    // MARK: numbers and texts

    private static func append(_ value: UInt64, to out: inout [UInt8]) {
        for index in 0..<8 { out.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func readNumber(_ read: (Int) -> [UInt8]?) -> Int? {
        read(8).flatMap { Int(exactly: number($0[...])) }
    }

    private static func readText(_ read: (Int) -> [UInt8]?) -> String? {
        // UIDs have 64 characters, code strings 16.
        guard let count = readNumber(read), count <= 64, let bytes = read(count) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
