import DICOMCore
import Testing

@testable import PixelCleaning

@Suite struct StreamResidueTests {
    static let name = Array("SMITH^JOHN".utf8)

    static func geometry(bits: Int = 8, stored: Int = 8, rows: Int = 2, columns: Int = 4, isSigned: Bool = false)
        -> PixelGeometry
    {
        PixelGeometry(
            rows: rows, columns: columns, bitsAllocated: bits, bitsStored: stored, highBit: stored - 1,
            isSigned: isSigned, photometricInterpretation: "MONOCHROME2")
    }

    static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 255)] + payload
    }

    static func item(_ value: [UInt8]) -> [UInt8] {
        [0xFE, 0xFF, 0x00, 0xE0] + (0..<4).map { UInt8(truncatingIfNeeded: value.count >> (8 * $0)) } + value
    }

    static let end: [UInt8] = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]

    static func cleaned(_ pixels: [UInt8], _ syntax: TransferSyntax, _ geometry: PixelGeometry) throws -> CleanedPixels
    {
        try StreamResidue.clean(pixels, transferSyntax: syntax, geometry: geometry)
    }

    static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    /// A JPEG stream in form only: tables, frame, one scan with a stuffed byte and a restart.
    static func jpeg(_ extra: [UInt8] = [], behind: [UInt8] = []) -> [UInt8] {
        [0xFF, 0xD8] + segment(0xE0, Array("JFIF\0".utf8) + [1, 1, 0, 0, 1, 0, 1, 0, 0]) + extra
            + segment(0xC0, [8, 0, 2, 0, 4, 1, 1, 0x11, 0]) + segment(0xDA, [1, 1, 0, 0, 63, 0])
            + [1, 2, 0xFF, 0, 3, 0xFF, 0xD0, 4, 0xFF, 0xD9] + behind
    }

    @Test func aCleanJPEGStreamStaysAsItIs() throws {
        let pixels = Self.item([]) + Self.item(Self.jpeg()) + Self.end
        let cleaned = try Self.cleaned(pixels, .jpegBaseline, Self.geometry())
        #expect(cleaned.found.isEmpty)
        #expect(cleaned.bytes == pixels)
    }

    @Test func commentsAndApplicationSegmentsGo() throws {
        let dirty = Self.jpeg(Self.segment(0xFE, Self.name) + Self.segment(0xE1, Self.name))
        let cleaned = try Self.cleaned(
            Self.item([0, 0, 0, 0]) + Self.item(dirty) + Self.end, .jpegBaseline, Self.geometry())
        #expect(cleaned.found == [.comment, .application])
        #expect(cleaned.bytes == Encapsulation.wrapped(Self.jpeg()))
        #expect(!Self.contains(cleaned.bytes, Self.name))
    }

    @Test func aCommentBetweenScansGoes() throws {
        let scan = Self.segment(0xDA, [1, 1, 0, 0, 63, 0]) + [9, 0xFF, 0, 9]
        let stream = [0xFF, 0xD8] + scan + Self.segment(0xFE, Self.name) + scan + [0xFF, 0xD9]
        let cleaned = try Self.cleaned(
            Self.item([]) + Self.item(stream) + Self.end, .jpegLosslessSV1, Self.geometry())
        #expect(cleaned.found == [.comment])
        #expect(!Self.contains(cleaned.bytes, Self.name))
    }

    @Test func anApplicationSegmentWithAThumbnailOrMoreThanItsFormGoes() throws {
        for extra in [
            Self.segment(0xE0, Array("JFXX\0".utf8) + Self.name), Self.segment(0xEE, Array("Adobe".utf8) + Self.name),
        ] {
            let cleaned = try Self.cleaned(
                Self.item([]) + Self.item(Self.jpeg(extra)) + Self.end, .jpegBaseline, Self.geometry())
            #expect(cleaned.found == [.application])
            #expect(!Self.contains(cleaned.bytes, Self.name))
        }
    }

    @Test func bytesBehindTheEndGo() throws {
        for pixels in [
            Self.item([]) + Self.item(Self.jpeg(behind: Self.name)) + Self.end,
            Self.item([]) + Self.item(Self.jpeg()) + Self.item(Self.name) + Self.end,
            Self.item([]) + Self.item(Self.jpeg()) + Self.end + Self.name,
        ] {
            let cleaned = try Self.cleaned(pixels, .jpegBaseline, Self.geometry())
            #expect(cleaned.found == [.trailing])
            #expect(cleaned.bytes == Encapsulation.wrapped(Self.jpeg()))
        }
    }

    @Test func anOffsetTableThatIsNoneGoes() throws {
        let cleaned = try Self.cleaned(
            Self.item(Self.name) + Self.item(Self.jpeg()) + Self.end, .jpegBaseline, Self.geometry())
        #expect(cleaned.found == [.reserved])
        #expect(!Self.contains(cleaned.bytes, Self.name))
    }

    @Test func aPaddingByteIsNoResidue() throws {
        let odd = Self.jpeg([])
        let padded = odd.count % 2 == 0 ? odd : odd + [0]
        let cleaned = try Self.cleaned(
            Self.item([]) + Self.item(padded) + Self.end, .jpegBaseline, Self.geometry())
        #expect(cleaned.found.isEmpty)
    }

    /// A codestream in form only: size, one tile-part.
    static func jpeg2000(_ main: [UInt8] = [], tile: [UInt8] = [], behind: [UInt8] = []) -> [UInt8] {
        let data: [UInt8] = [0xFF, 0x93, 1, 2, 3, 4]
        let length = UInt8(12 + tile.count + data.count)
        return [0xFF, 0x4F] + segment(0x51, [UInt8](repeating: 0, count: 36)) + main
            + [0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, length, 0, 1] + tile + data + [0xFF, 0xD9] + behind
    }

    @Test func commentsOfACodestreamGoFromEveryHeader() throws {
        let comment = Self.segment(0x64, [0, 1] + Self.name)
        let cleaned = try Self.cleaned(
            Self.item([]) + Self.item(Self.jpeg2000(comment, tile: comment, behind: Self.name)) + Self.end,
            .jpeg2000Lossless, Self.geometry())
        #expect(cleaned.found == [.comment, .trailing])
        #expect(cleaned.bytes == Encapsulation.wrapped(Self.jpeg2000()))
    }

    static func rle(_ segment: [UInt8], reserved: UInt8 = 0) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 64)
        (header[0], header[4], header[40]) = (1, 64, reserved)
        return header + segment
    }

    @Test func bytesBehindARunLengthSegmentGo() throws {
        let clean = Self.rle([7, 1, 2, 3, 4, 5, 6, 7, 8, 0])
        #expect(
            try Self.cleaned(Self.item([]) + Self.item(clean) + Self.end, .rleLossless, Self.geometry()).found.isEmpty)
        let dirty = Self.rle([7, 1, 2, 3, 4, 5, 6, 7, 8] + Self.name, reserved: 65)
        let cleaned = try Self.cleaned(Self.item([]) + Self.item(dirty) + Self.end, .rleLossless, Self.geometry())
        #expect(cleaned.found == [.trailing, .reserved])
        #expect(cleaned.bytes == Encapsulation.wrapped(clean))
    }

    @Test func bitsOutsideTheStoredOnesAreCleared() throws {
        let geometry = Self.geometry(bits: 16, stored: 12, rows: 1, columns: 3)
        let clean: [UInt8] = [0x34, 0x02, 0xFF, 0x0F, 0, 0]
        #expect(try Self.cleaned(clean, .explicitVRLittleEndian, geometry).found.isEmpty)
        let dirty: [UInt8] = [0x34, 0x52, 0xFF, 0x4F, 0, 0x40]
        let cleaned = try Self.cleaned(dirty, .explicitVRLittleEndian, geometry)
        #expect(cleaned.found == [.unusedBits])
        #expect(cleaned.bytes == clean)
    }

    @Test func aRepeatedSignIsNoResidue() throws {
        let geometry = Self.geometry(bits: 16, stored: 12, rows: 1, columns: 3, isSigned: true)
        for pixels: [UInt8] in [[0x34, 0xF8, 1, 0, 2, 0], [0x34, 0x08, 1, 0, 2, 0]] {
            #expect(try Self.cleaned(pixels, .explicitVRLittleEndian, geometry).found.isEmpty)
        }
        let dirty = try Self.cleaned([0x34, 0x58, 1, 0, 2, 0], .explicitVRLittleEndian, geometry)
        #expect(dirty.found == [.unusedBits])
        #expect(dirty.bytes == [0x34, 0xF8, 1, 0, 2, 0])
    }

    @Test func bytesBehindNativePixelsGo() throws {
        let pixels: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let cleaned = try Self.cleaned(pixels + Self.name, .explicitVRLittleEndian, Self.geometry())
        #expect(cleaned.found == [.trailing])
        #expect(cleaned.bytes == pixels)
    }

    @Test func everyCutOfEveryStreamIsReadWithoutATrap() {
        let streams: [(TransferSyntax, [UInt8])] = [
            (.jpegBaseline, Self.jpeg(Self.segment(0xFE, Self.name))),
            (.jpeg2000, Self.jpeg2000(Self.segment(0x64, Self.name))),
            (.rleLossless, Self.rle([7, 1, 2, 3, 4, 5, 6, 7, 8, 0])),
        ]
        var outcomes = 0
        for (syntax, stream) in streams {
            for count in 0..<stream.count {
                for pixels in [
                    Self.item([]) + Self.item(Array(stream[..<count])) + Self.end,
                    Array((Self.item([]) + Self.item(stream) + Self.end).prefix(count)),
                ] {
                    if (try? Self.cleaned(pixels, syntax, Self.geometry())) != nil { outcomes += 1 }
                }
            }
        }
        #expect(outcomes > 0)
    }
}
