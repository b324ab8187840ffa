import DICOMCore

/// Every byte of a data set before its pixel data element, structurally verified; nothing of it is decoded.
public typealias HeaderBytes = [UInt8]

/// What the header of the pixel data element says.
public struct PixelElement: Sendable, Hashable {
    public let vr: VR
    /// Bytes of native pixel data; `nil`: encapsulated, undefined length.
    public let declaredLength: UInt32?

    public init(vr: VR, declaredLength: UInt32?) {
        self.vr = vr
        self.declaredLength = declaredLength
    }
}

/// Takes a composite instance apart while it arrives: header, pixels, what lies behind the pixels.
///
/// Push the bytes of the data set (without file meta information) in any portions. The header is held back until it
/// is complete and sound, and comes in one piece; pixels pass through as they come; the trailer comes from `finish`.
/// Memory: the header and the trailer, each bounded by `ScanLimits`. Nothing recurses. After an error every further
/// call throws the same error.
///
/// Source: PS3.5 7 and A.4.
public struct InstanceScanner: ~Copyable {
    private enum Phase {
        case header
        case native(remaining: Int)
        case encapsulated(FragmentScanner)
        case trailer
        case failed(StreamError)
    }

    private let limits: ScanLimits
    private let transferSyntax: TransferSyntax
    private var reader: StructureReader
    private var phase = Phase.header
    /// The header, then the trailer; `base` is the offset of its first byte in the data set.
    private var buffer: [UInt8] = []
    private var base = 0
    private var received = 0
    private var fragmentNoise = 0

    /// Prepares to read one data set. Deflated and big-endian transfer syntaxes are refused by the first call.
    public init(transferSyntax: TransferSyntax, limits: ScanLimits = .standard) {
        self.transferSyntax = transferSyntax
        self.limits = limits
        reader = StructureReader(transferSyntax, limits)
        if transferSyntax.isDeflated || !transferSyntax.isLittleEndian {
            phase = .failed(StreamError(.transferSyntaxNotSupported, at: 0))
        }
    }

    /// Bytes taken so far.
    public var byteCount: Int { received }

    /// What has been tolerated so far.
    public var noise: ScanNoise {
        var noise = reader.noise
        noise.oddLengths += fragmentNoise
        return noise
    }

    /// Feeds the next bytes of the data set.
    ///
    /// `onHeader` is called exactly once, when the header of the pixel data element has been reached, with every byte
    /// before it; then `onPixels` with each run of pixel bytes: value bytes of native pixel data; for encapsulated
    /// pixel data the whole item structure behind the element header (offset table, fragments, delimiter), as it lies
    /// on the wire. Throws `StreamError`, or whatever the closures throw.
    public mutating func consume(
        _ bytes: UnsafeRawBufferPointer,
        onHeader: (HeaderBytes, PixelElement) throws -> Void,
        onPixels: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if case .failed(let error) = phase { throw error }
        do {
            var rest = unsafe bytes
            while unsafe !rest.isEmpty {
                let taken = try unsafe take(rest, onHeader, onPixels)
                received += taken
                unsafe rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            }
        } catch let error as StreamError {
            phase = .failed(error)
            throw error
        }
    }

    /// Checks that the data set is complete, and returns the bytes behind the pixel data: a run of elements, or none.
    ///
    /// Throws what is missing: `truncated`, `noPixelData`.
    public mutating func finish() throws(StreamError) -> [UInt8] {
        switch phase {
        case .failed(let error): throw error
        case .header:
            let isComplete = reader.isAtTopLevel && reader.position == received
            throw fail(StreamError(isComplete ? .noPixelData : .truncated, at: received))
        case .native(let remaining):
            guard remaining == 0 else { throw fail(StreamError(.truncated, at: received)) }
            return []
        case .encapsulated: throw fail(StreamError(.truncated, at: received))
        case .trailer:
            guard reader.isAtTopLevel, reader.position == received else {
                throw fail(StreamError(.truncated, at: received))
            }
            return buffer
        }
    }

    private mutating func fail(_ error: StreamError) -> StreamError {
        phase = .failed(error)
        return error
    }

    /// Takes some bytes, at least one; returns how many.
    private mutating func take(
        _ bytes: UnsafeRawBufferPointer,
        _ onHeader: (HeaderBytes, PixelElement) throws -> Void,
        _ onPixels: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        switch phase {
        case .failed(let error): throw error
        case .header: return try unsafe takeHeader(bytes, onHeader)
        case .native(let remaining):
            guard remaining > 0 else {
                beginTrailer()
                return try unsafe takeTrailer(bytes)
            }
            let count = min(remaining, bytes.count)
            phase = .native(remaining: remaining - count)
            try unsafe onPixels(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            return count
        case .encapsulated(var scanner):
            let count = try unsafe scanner.scan(bytes, at: received)
            phase = .encapsulated(scanner)
            try unsafe onPixels(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            if scanner.isFinished {
                fragmentNoise = scanner.oddLengths
                received += count
                beginTrailer()
                received -= count
            }
            return count
        case .trailer: return try unsafe takeTrailer(bytes)
        }
    }

    // MARK: Header

    /// Buffers header bytes, and walks over what is complete. Takes at most what the header may still hold; bytes of
    /// the pixel data that were buffered with it are given back.
    private mutating func takeHeader(
        _ bytes: UnsafeRawBufferPointer, _ onHeader: (HeaderBytes, PixelElement) throws -> Void
    ) throws -> Int {
        // An element header takes up to 12 bytes behind the last byte of the header proper.
        let room = limits.maximumHeaderBytes + 12 - buffer.count
        guard room > 0 else { throw StreamError(.headerTooLarge, at: received) }
        // Portions, so that a large buffer holding mostly pixels is not copied as a header.
        let count = min(bytes.count, room, max(4096, buffer.count))
        unsafe buffer.append(contentsOf: bytes[..<count])
        while true {
            let start = reader.position
            guard let event = try reader.next(in: buffer) else { return count }
            guard reader.position <= limits.maximumHeaderBytes + 12 else {
                throw StreamError(.headerTooLarge, at: start)
            }
            guard case .pixelData(let vr, let length) = event else { continue }
            guard start <= limits.maximumHeaderBytes else { throw StreamError(.headerTooLarge, at: start) }
            let excess = buffer.count - reader.position
            buffer.removeLast(buffer.count - start)
            try beginPixels(vr, length)
            let header = buffer
            buffer = []
            try onHeader(header, PixelElement(vr: vr, declaredLength: length.map { UInt32($0) }))
            return count - excess
        }
    }

    private mutating func beginPixels(_ vr: VR, _ length: Int?) throws(StreamError) {
        let isNative = length != nil
        guard isNative != transferSyntax.isEncapsulated, [.OB, .OW, .UN].contains(vr) else {
            throw StreamError(.pixelDataEncodingMismatch, at: reader.position)
        }
        guard (length ?? 0) <= limits.maximumPixelBytes else {
            throw StreamError(.pixelDataTooLarge, at: reader.position)
        }
        phase = length.map { .native(remaining: $0) } ?? .encapsulated(FragmentScanner(limits))
    }

    // MARK: Trailer

    private mutating func beginTrailer() {
        base = received
        reader.skip(to: received)
        phase = .trailer
    }

    private mutating func takeTrailer(_ bytes: UnsafeRawBufferPointer) throws(StreamError) -> Int {
        let end = base + limits.maximumTrailerBytes
        guard received + bytes.count <= end else { throw StreamError(.trailerTooLarge, at: received) }
        unsafe buffer.append(contentsOf: bytes)
        while let event = try reader.next(in: buffer, base: base) {
            guard reader.position <= end else { throw StreamError(.trailerTooLarge, at: received) }
            if case .pixelData = event { throw StreamError(.duplicateTag, at: received) }
        }
        return bytes.count
    }
}
