/// The items of encapsulated pixel data of one frame.
///
/// Source: PS3.5 A.4.
struct Encapsulation {
    /// The fragments joined.
    private(set) var stream: [UInt8] = []
    private(set) var found: Set<ResidueKind> = []

    init(_ bytes: [UInt8]) throws(PixelCleaningError) {
        var position = 0
        var items = 0
        var isEnded = false
        while position + 8 <= bytes.count {
            let tag = bytes[position..<position + 4]
            let length = (0..<4).reduce(0) { $0 | Int(bytes[position + 4 + $1]) << (8 * $1) }
            position += 8
            if tag.elementsEqual([0xFE, 0xFF, 0xDD, 0xE0]) {
                isEnded = true
                break
            }
            guard tag.elementsEqual([0xFE, 0xFF, 0x00, 0xE0]), length <= bytes.count - position else {
                throw .malformedStream
            }
            // The first item is the offset table: of one frame it is empty or one zero.
            if items == 0, length > 4 || bytes[position..<position + length].contains(where: { $0 != 0 }) {
                found.insert(.reserved)
            }
            if items > 0 { stream += bytes[position..<position + length] }
            items += 1
            position += length
        }
        guard items >= 2 else { throw .malformedStream }
        if isEnded ? position < bytes.count : position != bytes.count { found.insert(.trailing) }
    }

    /// One fragment behind an empty offset table.
    static func wrapped(_ stream: [UInt8]) -> [UInt8] {
        let even = stream.count + stream.count % 2
        var bytes: [UInt8] = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0]
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: even >> (8 * $0)) }
        bytes += stream
        if even != stream.count { bytes.append(0) }
        return bytes + [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]
    }
}
