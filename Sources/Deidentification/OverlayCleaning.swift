import DICOMCore
import StandardTables

/// Cleans overlay planes: outlines stay, writing goes.
///
/// Letters are small pieces that touch nothing: of the connected pieces of a plane, those stay that are larger than any
/// letter in both directions, and straight lines. What a frame touches stays with the frame; where writing may cross
/// outlines, do without overlays. Curves (50xx, retired) go in any case.
///
/// Source: PS3.15 E.3.3 (Clean Graphics Option), PS3.3 C.9.2.
struct OverlayCleaning {
    /// Beyond this a plane is removed: looking for pieces takes time, and a radiograph has at most 20 million pixels.
    static let maximumPixels = 24_000_000

    /// By group, the data of planes that can be cleaned.
    private var planes: [UInt16: [UInt8]] = [:]

    init(_ dataSet: DataSet) {
        for element in dataSet.elements where element.tag.group & 0xFF01 == 0x6000 && element.tag.element == 0x3000 {
            let group = element.tag.group
            guard let rows = dataSet.uint16(Tag(group, 0x0010)), let columns = dataSet.uint16(Tag(group, 0x0011)),
                dataSet.uint16(Tag(group, 0x0100)) == 1, dataSet.uint16(Tag(group, 0x0102)) == 0,
                !element.isSequence
            else { continue }
            let frames = Int(dataSet.text(Tag(group, 0x0015)) ?? "1") ?? 0
            planes[group] = Self.cleaned(element.bytes, Int(rows), Int(columns), frames)
        }
    }

    /// An element of an overlay group as it may stay; `nil` if it goes. Without data a plane is none.
    func cleaned(_ element: DataElement, with cleaning: TextCleaning?) -> DataElement? {
        guard let data = planes[element.tag.group], !element.isSequence else { return nil }
        let vr = StandardTables.vr(of: element.tag) ?? element.vr
        switch element.tag.element {
        case 0x3000: return DataElement(element.tag, .OW, bytes: data)
        case 0x0010, 0x0011, 0x0015, 0x0050, 0x0051, 0x0100, 0x0102:
            return DataElement(element.tag, vr, bytes: element.bytes)
        case 0x0022, 0x0040, 0x0045, 0x1500, 0x4000:
            if element.tag.element == 0x0040, ["G", "R"].contains(element.textValue) { return element }
            return cleaning?.value(element.bytes, vr).map { DataElement(element.tag, vr, bytes: $0) }
        default: return nil
        }
    }

    static func cleaned(_ bytes: [UInt8], _ rows: Int, _ columns: Int, _ frames: Int) -> [UInt8]? {
        let count = rows * columns
        guard count > 0, frames > 0, count <= maximumPixels / frames, bytes.count * 8 >= count * frames else {
            return nil
        }
        var output = [UInt8](repeating: 0, count: (count * frames + 15) / 16 * 2)
        // As large as letters get on a film of this size.
        let letter = max(64, rows / 16)
        for frame in 0..<frames {
            var plane = (0..<count).map { index in
                let bit = frame * count + index
                return bytes[bit >> 3] >> (UInt8(bit & 7)) & 1 == 1
            }
            for piece in pieces(&plane, columns) where isOutline(piece, columns, letter) {
                for index in piece {
                    let bit = frame * count + index
                    output[bit >> 3] |= 1 << (UInt8(bit & 7))
                }
            }
        }
        return output
    }

    private static func isOutline(_ piece: [Int], _ columns: Int, _ letter: Int) -> Bool {
        var (top, bottom, left, right) = (Int.max, 0, Int.max, 0)
        for index in piece {
            let (row, column) = (index / columns, index % columns)
            (top, bottom) = (min(top, row), max(bottom, row))
            (left, right) = (min(left, column), max(right, column))
        }
        let (short, long) = (min(bottom - top, right - left) + 1, max(bottom - top, right - left) + 1)
        return short > letter || (short <= 3 && long > 2 * letter)
    }

    /// The connected pieces (eight neighbours) of a plane, which is used up.
    private static func pieces(_ plane: inout [Bool], _ columns: Int) -> [[Int]] {
        var found: [[Int]] = []
        for start in plane.indices where plane[start] {
            plane[start] = false
            var piece = [start]
            var next = 0
            while next < piece.count {
                let index = piece[next]
                next += 1
                let column = index % columns
                for rowOffset in -1...1 {
                    for offset in -1...1 where (0..<columns).contains(column + offset) {
                        let neighbour = index + rowOffset * columns + offset
                        guard plane.indices.contains(neighbour), plane[neighbour] else { continue }
                        plane[neighbour] = false
                        piece.append(neighbour)
                    }
                }
            }
            found.append(piece)
        }
        return found
    }
}

extension DataElement {
    fileprivate var textValue: String { String(decoding: RemovedPadding.trimmed(bytes[...]), as: UTF8.self) }
}
