// Lossless packing of 16-bit little-endian samples: differences, zigzag, as many bits as the block needs.
//
// Packed stream, version 1:
//   1 byte    version = 1
//   blocks    1 byte width w, then the block of 256 samples:
//               w = 0…15  32·w bytes: the zigzag differences, w bits each
//               w = 16    512 bytes, the samples as they are
//   1 byte    0x20: the end; then 2 bytes little-endian count t (0…511), t bytes as they are,
//             8 bytes little-endian count of all unpacked bytes
// Difference: sample minus the one before it, modulo 2^16; before the first stands 0, and each block goes on from the
// last sample of the one before. Zigzag: 0, −1, 1, −2, … become 0, 1, 2, 3, …
// Bits: lane k (0…15) holds samples k, k+16, k+32, …; each lane is a 16·w-bit number, the first sample lowest,
// cut into w words of 16 bits; word j of all lanes lies at bytes 32·j to 32·j+31.

/// Packs pixel bytes while they stream by. Deterministic: how the bytes are portioned does not matter.
///
/// A radiograph of 10 to 15 significant bits shrinks to between a third and two thirds; noise is stored raw and grows
/// by 0.2 %. Any byte stream is packed without loss; it pays for 16-bit samples only.
public struct PixelPacker: ~Copyable {
    static let version: UInt8 = 1
    static let endMarker: UInt8 = 0x20
    static let samplesPerBlock = 256
    static let bytesPerBlock = 512
    /// Blocks gathered before they are handed out: one cache-friendly portion.
    private static let blocksPerPortion = 64

    private var previous: UInt16 = 0
    private var partial: [UInt8] = []
    private var total: UInt64 = 0
    private var hasStarted = false
    private var portion = [UInt8](repeating: 0, count: blocksPerPortion * (bytesPerBlock + 1) + 1)

    public init() { partial.reserveCapacity(Self.bytesPerBlock) }

    /// Bytes taken so far.
    public var byteCount: UInt64 { total }

    /// Packs the next bytes; `sink` gets packed bytes in portions of up to 32 KiB, and only while it runs.
    public mutating func pack(
        _ bytes: UnsafeRawBufferPointer, into sink: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        total += UInt64(bytes.count)
        var rest = unsafe bytes
        if !partial.isEmpty {
            let count = min(Self.bytesPerBlock - partial.count, rest.count)
            unsafe partial.append(contentsOf: rest[..<count])
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if partial.count == Self.bytesPerBlock {
                let block = partial
                partial.removeAll(keepingCapacity: true)
                try unsafe block.withUnsafeBytes { try unsafe packBlocks($0, sink) }
            }
        }
        let whole = rest.count / Self.bytesPerBlock * Self.bytesPerBlock
        if whole > 0 { try unsafe packBlocks(UnsafeRawBufferPointer(rebasing: rest[..<whole]), sink) }
        unsafe partial.append(contentsOf: rest[whole...])
    }

    /// Ends the stream.
    public mutating func finish(into sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var tail: [UInt8] = hasStarted ? [] : [Self.version]
        hasStarted = true
        tail.append(Self.endMarker)
        tail.append(littleEndian: UInt16(partial.count))
        tail += partial
        tail.append(littleEndian: UInt32(truncatingIfNeeded: total))
        tail.append(littleEndian: UInt32(truncatingIfNeeded: total >> 32))
        try unsafe tail.withUnsafeBytes { try unsafe sink($0) }
    }

    /// Packs the next bytes to the end of an array.
    public mutating func pack(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        unsafe pack(bytes) { unsafe output.append(contentsOf: $0) }
    }

    /// Ends the stream at the end of an array.
    public mutating func finish(into output: inout [UInt8]) {
        unsafe finish { unsafe output.append(contentsOf: $0) }
    }

    private mutating func packBlocks(
        _ bytes: UnsafeRawBufferPointer, _ sink: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var index = 0
        while index < bytes.count {
            let count = min(bytes.count - index, Self.blocksPerPortion * Self.bytesPerBlock)
            let blocks = unsafe UnsafeRawBufferPointer(rebasing: bytes[index..<index + count])
            let isFirst = !hasStarted
            hasStarted = true
            var last = previous
            try unsafe portion.withUnsafeMutableBytes { output in
                var written = 0
                if isFirst {
                    unsafe output[0] = Self.version
                    written = 1
                }
                written += unsafe BlockKernel.pack(blocks, into: output, at: written, &last)
                try unsafe sink(UnsafeRawBufferPointer(rebasing: output[..<written]))
            }
            previous = last
            index += count
        }
    }
}
