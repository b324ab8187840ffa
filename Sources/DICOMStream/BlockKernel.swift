import CPixelPacking

/// The packer's inner loops over 16 lanes of 16 bits. All pointer work of the packing lives here and in `CPixelPacking`.
///
/// Every entry checks that its buffers are large enough, once per call; the loops then go unchecked.
enum BlockKernel {
    typealias Lanes = SIMD16<UInt16>

    private static let bytesPerLanes = 32
    private static let samplesPerBlock = PixelPacker.samplesPerBlock
    private static let bytesPerBlock = PixelPacker.bytesPerBlock

    /// Packs whole blocks; returns the bytes written. `output` needs 513 bytes per block behind `start`.
    static func pack(
        _ blocks: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, at start: Int,
        _ previous: inout UInt16
    ) -> Int {
        let count = blocks.count / bytesPerBlock
        precondition(start >= 0 && output.count - start >= count * (bytesPerBlock + 1), "no room for packed blocks")
        guard count > 0, let source = blocks.baseAddress, let target = output.baseAddress else { return 0 }
        return unsafe cxr_pack_blocks(
            source.assumingMemoryBound(to: UInt8.self), count,
            (target + start).assumingMemoryBound(to: UInt8.self), &previous)
    }

    /// Unpacks one block of `width` 0…16 from `source` (32·width bytes) to `target` (512 bytes).
    static func unpack(
        _ source: UnsafeRawBufferPointer, _ width: Int, into target: UnsafeMutableRawBufferPointer,
        _ previous: inout UInt16
    ) {
        precondition((0...16).contains(width) && source.count >= width * bytesPerLanes && target.count >= bytesPerBlock)
        guard let output = target.baseAddress else { return }
        if width == 16 {
            guard let input = source.baseAddress else { return }
            unsafe output.copyMemory(from: input, byteCount: bytesPerBlock)
            unsafe previous = output.loadUnaligned(fromByteOffset: bytesPerBlock - 2, as: UInt16.self)
            return
        }
        unsafe spread(source, width, output)
        // The prefix sum is a chain of additions; sums of four keep the chain to one addition in four samples.
        var sample = previous
        for index in stride(from: 0, to: samplesPerBlock * 2, by: 8) {
            let differences = unsafe output.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let first = UInt16(truncatingIfNeeded: differences)
            let second = first &+ UInt16(truncatingIfNeeded: differences &>> 16)
            let third = second &+ UInt16(truncatingIfNeeded: differences &>> 32)
            let fourth = third &+ UInt16(truncatingIfNeeded: differences &>> 48)
            let low = UInt64(sample &+ first) | UInt64(sample &+ second) &<< 16
            let high = UInt64(sample &+ third) | UInt64(sample &+ fourth) &<< 16
            unsafe output.storeBytes(of: low | high &<< 32, toByteOffset: index, as: UInt64.self)
            sample = sample &+ fourth
        }
        previous = sample
    }

    /// Takes the words apart into 256 differences.
    @inline(__always)
    private static func spread(_ source: UnsafeRawBufferPointer, _ width: Int, _ output: UnsafeMutableRawPointer) {
        guard width > 0, let input = source.baseAddress else {
            unsafe output.initializeMemory(as: UInt8.self, repeating: 0, count: bytesPerBlock)
            return
        }
        let step = UInt16(width)
        let mask = Lanes(repeating: (1 &<< step) &- 1)
        var word = unsafe input.loadUnaligned(as: Lanes.self)
        var used: UInt16 = 0
        var offset = 0
        for index in 0..<16 {
            if used == 16 {
                offset += bytesPerLanes
                unsafe word = input.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
                used = 0
            }
            var value = word &>> Lanes(repeating: used)
            used += step
            if used > 16 {
                offset += bytesPerLanes
                unsafe word = input.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
                used -= 16
                value |= word &<< Lanes(repeating: step - used)
            }
            let zigzag = value & mask
            let difference = (zigzag &>> 1) ^ (Lanes.zero &- (zigzag & Lanes(repeating: 1)))
            unsafe output.storeBytes(of: difference, toByteOffset: index * bytesPerLanes, as: Lanes.self)
        }
    }
}
