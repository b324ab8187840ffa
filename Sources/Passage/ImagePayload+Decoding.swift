import DICOMCore
import Foundation

/// The sealed file does not hold what ``ImagePayload`` describes.
public struct ImagePayloadDamage: Error, Sendable, Hashable, CustomStringConvertible {
    public init() {}

    public var description: String { "PAS-001: the sealed image does not have the layout of this version" }
}

extension ImagePayload {
    /// Reads an opened image file.
    public init(_ bytes: [UInt8]) throws(ImagePayloadDamage) {
        var reader = SectionReader(bytes: bytes)
        guard let facts = try? JSONDecoder().decode(AnalysisFacts.self, from: Data(try reader.section())) else {
            throw ImagePayloadDamage()
        }
        self.facts = facts
        header = Array(try reader.section())
        guard let pixels = try? JSONDecoder().decode(PixelDescription.self, from: Data(try reader.section())) else {
            throw ImagePayloadDamage()
        }
        self.pixels = pixels
        var pixelBytes: [UInt8] = []
        pixelBytes.reserveCapacity(bytes.count)
        while true {
            let run = try reader.section()
            if run.isEmpty { break }
            pixelBytes.append(contentsOf: run)
        }
        self.pixelBytes = pixelBytes
        trailer = Array(try reader.section())
        guard reader.isAtEnd else { throw ImagePayloadDamage() }
    }

    /// Writes an image file in one piece, as reception writes it in runs.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var bytes: [UInt8] = []
        for section in [Array(try encoder.encode(facts)), header, Array(try encoder.encode(pixels))] {
            bytes += Self.prefix(section.count) + section
        }
        if !pixelBytes.isEmpty { bytes += Self.prefix(pixelBytes.count) + pixelBytes }
        return bytes + Self.prefix(0) + Self.prefix(trailer.count) + trailer
    }
}

/// Reads sections behind their lengths (4 bytes, most significant first), as ``ImagePayload/prefix(_:)`` writes them.
public struct SectionReader {
    private let bytes: [UInt8]
    private var position = 0

    public init(bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { position == bytes.count }

    /// Throws if the bytes end before the section does.
    public mutating func section() throws(ImagePayloadDamage) -> ArraySlice<UInt8> {
        guard bytes.count - position >= 4 else { throw ImagePayloadDamage() }
        let count = bytes[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
        position += 4
        guard bytes.count - position >= count else { throw ImagePayloadDamage() }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
}
