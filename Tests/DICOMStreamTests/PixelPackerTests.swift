import Testing

@testable import DICOMStream

@Suite("Packed pixels come back bit by bit")
struct PixelPackerTests {
    private static func packed(_ bytes: [UInt8], portion: () -> Int = { .max }) -> [UInt8] {
        var packer = PixelPacker()
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let end = index + min(portion(), bytes.count - index)
            unsafe Array(bytes[index..<end]).withUnsafeBytes { unsafe packer.pack($0, into: &output) }
            index = end
        }
        packer.finish(into: &output)
        return output
    }

    private static func unpacked(_ bytes: [UInt8], portion: () -> Int = { .max }) throws -> [UInt8] {
        var unpacker = PixelUnpacker()
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let end = index + min(portion(), bytes.count - index)
            try unsafe Array(bytes[index..<end]).withUnsafeBytes { try unsafe unpacker.unpack($0, into: &output) }
            index = end
        }
        try unpacker.finish()
        return output
    }

    private static func bytes(_ samples: [UInt16]) -> [UInt8] {
        samples.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    }

    /// Samples of which neighbours differ by at most `spread`.
    private static func walk(_ count: Int, _ spread: Int, _ generator: inout SeededGenerator) -> [UInt16] {
        var sample: UInt16 = 0
        return (0..<count).map { _ in
            sample = sample &+ UInt16(truncatingIfNeeded: Int.random(in: -spread...spread, using: &generator))
            return sample
        }
    }

    @Test("Every width of bits survives", arguments: 0...16)
    func widths(width: Int) throws {
        var generator = SeededGenerator(UInt64(width))
        let spread = width == 0 ? 0 : max(1, (1 << (width - 1)) - 1)
        for count in [0, 1, 255, 256, 257, 1024, 3000] {
            let input = Self.bytes(Self.walk(count, spread, &generator))
            #expect(try Self.unpacked(Self.packed(input)) == input)
        }
    }

    @Test("Every number of bytes survives, odd ones too")
    func lengths() throws {
        var generator = SeededGenerator(3)
        let all = Self.bytes(Self.walk(1400, 40, &generator))
        for count in Array(0...20) + Array(505...520) + Array(1015...1030) + [2799, 2800] {
            let input = Array(all[..<count])
            #expect(try Self.unpacked(Self.packed(input)) == input)
        }
    }

    @Test("Portions leave no trace, on either side", arguments: [UInt64(1), 2, 3])
    func portions(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let input = Self.bytes(Self.walk(20_000, 100, &generator)) + [7]
        let whole = Self.packed(input)
        for limit in [1, 3, 511, 513, 5000] {
            let split = Self.packed(input, portion: { Int.random(in: 1...limit, using: &generator) })
            #expect(split == whole, "seed \(seed)")
            #expect(try Self.unpacked(whole, portion: { Int.random(in: 1...limit, using: &generator) }) == input)
        }
    }

    @Test("Smooth samples shrink, noise does not grow by more than 0.3 %")
    func sizes() {
        var generator = SeededGenerator(9)
        let smooth = Self.bytes(Self.walk(100_000, 31, &generator))
        #expect(Self.packed(smooth).count < smooth.count / 2)
        let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Self.packed(noise).count < noise.count * 1003 / 1000)
    }

    @Test("The format is the one that is written down")
    func format() {
        // A block of 256 equal samples: a first difference of 5 (zigzag 10, 4 bits), then zeros.
        let packed = Self.packed(Self.bytes([UInt16](repeating: 5, count: 257)))
        var expected: [UInt8] = [1, 4, 10] + [UInt8](repeating: 0, count: 127)
        expected += [0x20, 2, 0, 5, 0] + [0x02, 0x02, 0, 0, 0, 0, 0, 0]
        #expect(packed == expected)
    }

    @Test("Every truncation is noticed")
    func truncation() {
        var generator = SeededGenerator(4)
        let packed = Self.packed(Self.bytes(Self.walk(600, 20, &generator)))
        for count in packed.indices {
            #expect(throws: StreamError.self) { try Self.unpacked(Array(packed[..<count])) }
        }
        #expect(throws: StreamError.self) { try Self.unpacked(packed + [0]) }
    }

    @Test("Damaged streams throw or come out as something else, and nothing breaks", arguments: [UInt64(5), 6])
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let packed = Self.packed(Self.bytes(Self.walk(3000, 60, &generator)))
        for _ in 0..<400 {
            var bytes = packed
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            let output = try? Self.unpacked(bytes)
            #expect((output?.count ?? 6000) == 6000)
        }
        for _ in 0..<400 {
            let count = Int.random(in: 0...2000, using: &generator)
            let noise = [UInt8(1)] + (0..<count).map { _ in UInt8.random(in: 0...33, using: &generator) }
            _ = try? Self.unpacked(noise)
        }
    }

    @Test("Versions and widths from the future are refused")
    func future() {
        #expect(throws: StreamError(.packedVersionUnknown, at: 0)) { try Self.unpacked([2]) }
        #expect(throws: StreamError(.packedBlockInvalid, at: 1)) { try Self.unpacked([1, 17]) }
    }
}
