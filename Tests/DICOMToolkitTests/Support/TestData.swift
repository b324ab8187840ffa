import DICOMCore
import Foundation

/// The folder of real images; see `CXR_TEST_DATA`. Set but unusable is a failure, unset a skip.
enum TestData {
    static let folder = ProcessInfo.processInfo.environment["CXR_TEST_DATA"]
    static let isSet = folder != nil

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { throw TestFailure("CXR_TEST_DATA is not set") }
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(path)))
    }

    /// The part of a manifest's line behind a file's name.
    static func manifest(_ file: String) throws -> [String] {
        let lines = String(decoding: try bytes("dicom/MANIFEST.tsv"), as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let line = lines.first(where: { $0.hasPrefix(file + "\t") }) else {
            throw TestFailure("not in the manifest")
        }
        return line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
}

/// A file read far enough for decoding: top-level elements of an explicit VR little endian data set, and its pixels.
struct PlainFile {
    let transferSyntax: TransferSyntax
    let geometry: PixelGeometry
    /// The value of Pixel Data; with its items and delimiter if encapsulated.
    let pixels: [UInt8]

    init(_ bytes: [UInt8]) throws {
        var reader = Reader(bytes: bytes)
        var header = DataSet()
        while let element = try reader.next() {
            if element.tag == .pixelData {
                guard let syntax = header.uid(Tag(0x0002, 0x0010)), let geometry = PixelGeometry(header) else { break }
                transferSyntax = TransferSyntax(syntax)
                self.geometry = geometry
                pixels = element.bytes
                return
            }
            header.set(element)
        }
        throw TestFailure("no pixel data")
    }

    /// The data set of a file that needs no more than its bytes.
    static func dataSet(_ bytes: [UInt8]) throws -> [UInt8] {
        var reader = Reader(bytes: bytes)
        var start = reader.position
        while let element = try reader.next(), element.tag.group == 0x0002 { start = reader.position }
        return Array(bytes[start...])
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 132

        mutating func number(_ count: Int) throws -> Int {
            guard position + count <= bytes.count else { throw TestFailure("the file is too short") }
            defer { position += count }
            return (0..<count).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
        }

        mutating func next() throws -> DataElement? {
            guard position < bytes.count else { return nil }
            let tag = Tag(UInt16(try number(2)), UInt16(try number(2)))
            let code = String(decoding: [UInt8(try number(1)), UInt8(try number(1))], as: UTF8.self)
            guard let vr = VR(rawValue: code) else { throw TestFailure("unknown VR at \(tag)") }
            var length = try number(2)
            if vr.hasLongLength { length = try number(4) }
            let start = position
            if length == 0xFFFF_FFFF { try skipItems() } else { position += length }
            guard position <= bytes.count else { throw TestFailure("an element is too long") }
            return DataElement(tag, vr, bytes: Array(bytes[start..<position]))
        }

        /// Items up to the sequence delimiter; nested sequences of undefined length included.
        mutating func skipItems() throws {
            while true {
                let element = try number(4) >> 16
                let length = try number(4)
                if element == 0xE0DD { return }
                if length != 0xFFFF_FFFF {
                    position += length
                    continue
                }
                while true {
                    let mark = position
                    if try number(4) == 0xE00D_FFFE {
                        position += 4
                        break
                    }
                    position = mark
                    _ = try next()
                }
            }
        }
    }
}
