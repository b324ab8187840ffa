/// Unpacks what `PixelPacker` packed, while it streams by; the bytes may come in any portions.
///
/// Everything is checked: a damaged or hostile stream throws, it never reads or writes beyond a block.
public struct PixelUnpacker: ~Copyable {
    private enum Phase {
        case version, width, tailLength, finished
        case block(width: Int)
        case tail(Int)
    }

    private var phase = Phase.version
    private var previous: UInt16 = 0
    private var total: UInt64 = 0
    private var consumed = 0
    /// Bytes of the part that is not complete yet.
    private var partial: [UInt8] = []
    private var block = [UInt8](repeating: 0, count: PixelPacker.bytesPerBlock)

    public init() { partial.reserveCapacity(PixelPacker.bytesPerBlock + 8) }

    /// Unpacked bytes so far.
    public var byteCount: UInt64 { total }

    /// Unpacks the next bytes; `sink` gets a block (512 bytes) at a time, and may keep it only while it runs.
    /// Throws `StreamError`, or what the sink throws.
    public mutating func unpack(
        _ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var index = 0
        while index < bytes.count {
            if case .finished = phase { throw StreamError(.packedExcess, at: consumed) }
            let wanted = wantedBytes
            if partial.isEmpty, bytes.count - index >= wanted {
                // The whole part lies in front of us: no copy.
                try unsafe take(UnsafeRawBufferPointer(rebasing: bytes[index..<index + wanted]), sink)
                index += wanted
            } else {
                let count = min(wanted - partial.count, bytes.count - index)
                unsafe partial.append(contentsOf: bytes[index..<index + count])
                index += count
                guard partial.count == wanted else { return }
                let part = partial
                partial.removeAll(keepingCapacity: true)
                try unsafe part.withUnsafeBytes { try unsafe take($0, sink) }
            }
        }
    }

    /// Unpacks the next bytes to the end of an array.
    public mutating func unpack(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws {
        try unsafe unpack(bytes) { unsafe output.append(contentsOf: $0) }
    }

    /// Checks that the stream has come to its end.
    public func finish() throws(StreamError) {
        guard case .finished = phase else { throw StreamError(.packedTruncated, at: consumed) }
    }

    private var wantedBytes: Int {
        switch phase {
        case .version, .width: 1
        case .tailLength: 2
        case .tail(let count): count + 8
        case .block(let width): width * 32
        case .finished: 0
        }
    }

    private mutating func take(
        _ part: UnsafeRawBufferPointer, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch phase {
        case .version:
            guard unsafe part[0] == PixelPacker.version else { throw StreamError(.packedVersionUnknown, at: consumed) }
            phase = .width
        case .width:
            let width = unsafe part[0]
            if width == PixelPacker.endMarker {
                phase = .tailLength
            } else {
                guard width <= 16 else { throw StreamError(.packedBlockInvalid, at: consumed) }
                // A block of equal samples has no bytes.
                if width == 0 { try unsafe emit(UnsafeRawBufferPointer(rebasing: part[..<0]), 0, sink) }
                if width > 0 { phase = .block(width: Int(width)) }
            }
        case .block(let width):
            phase = .width
            try unsafe emit(part, width, sink)
        case .tailLength:
            let count = unsafe Int(part[0]) | Int(part[1]) << 8
            guard count < PixelPacker.bytesPerBlock else { throw StreamError(.packedBlockInvalid, at: consumed) }
            phase = .tail(count)
        case .tail(let count):
            total += UInt64(count)
            let claimed = unsafe part.loadUnaligned(fromByteOffset: count, as: UInt64.self)
            guard UInt64(littleEndian: claimed) == total else { throw StreamError(.packedBlockInvalid, at: consumed) }
            phase = .finished
            if count > 0 { try unsafe sink(UnsafeRawBufferPointer(rebasing: part[..<count])) }
        case .finished: break
        }
        consumed += part.count
    }

    private mutating func emit(
        _ part: UnsafeRawBufferPointer, _ width: Int, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var last = previous
        try unsafe block.withUnsafeMutableBytes { output in
            unsafe BlockKernel.unpack(part, width, into: output, &last)
            try unsafe sink(UnsafeRawBufferPointer(output))
        }
        previous = last
        total += UInt64(PixelPacker.bytesPerBlock)
    }
}
