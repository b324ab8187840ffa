import DICOMCore
import StandardTables

/// One element of encoded output: where it stands, and where its value lies.
struct OutputElement {
    let path: TagPath
    let vr: VR
    /// The value's bytes; the content, for a sequence.
    let value: Range<Int>
    let isSequence: Bool
    let itemCount: Int
}

/// The verifier's own reading of encoded bytes: it shares no code with the parser and the writer.
///
/// Reads from left to right with a stack of ends, and takes down every element. What it does not understand makes the
/// whole output malformed.
struct OutputWalker {
    struct Malformed: Error {}

    private struct Level {
        let isItem: Bool
        /// `.max`: until the delimiter.
        let end: Int
        let isExplicit: Bool
        let steps: [TagPath.Step]
        let sequence: Tag
        /// Which element of `elements` is the sequence; its item count is filled in.
        let index: Int
        var items = 0
    }

    /// As deep as any data set of ours may be, and a little more.
    private static let maximumLevels = 100

    private let bytes: [UInt8]
    private let isExplicit: Bool
    private let isEncapsulated: Bool
    private var at = 0
    private var levels: [Level] = []
    private var elements: [OutputElement] = []

    /// Every element of the output, sequences before their content.
    static func elements(of bytes: [UInt8], _ syntax: TransferSyntax) throws(Malformed) -> [OutputElement] {
        guard syntax.isLittleEndian, !syntax.isDeflated else { throw Malformed() }
        var walker = OutputWalker(bytes, syntax)
        try walker.walk()
        return walker.elements
    }

    private init(_ bytes: [UInt8], _ syntax: TransferSyntax) {
        self.bytes = bytes
        isExplicit = syntax.isExplicitVR
        isEncapsulated = syntax.isEncapsulated
    }

    private mutating func walk() throws(Malformed) {
        while true {
            while let level = levels.last, level.end == at { leave(level) }
            guard let level = levels.last else {
                if at == bytes.count { return }
                try element(isExplicit, .max, [])
                continue
            }
            if level.end != .max, at > level.end { throw Malformed() }
            if level.isItem {
                if try delimiter(0xE00D) { leave(level) } else { try element(level.isExplicit, level.end, level.steps) }
            } else {
                if try delimiter(0xE0DD) { leave(level) } else { try item(level) }
            }
        }
    }

    private mutating func leave(_ level: Level) {
        levels.removeLast()
        guard !level.isItem else { return }
        let open = elements[level.index]
        elements[level.index] = OutputElement(
            path: open.path, vr: .SQ, value: open.value.lowerBound..<at, isSequence: true, itemCount: level.items)
    }

    private func number(_ index: Int, _ count: Int) throws(Malformed) -> Int {
        guard index + count <= bytes.count else { throw Malformed() }
        var value = 0
        for offset in (0..<count).reversed() { value = value << 8 | Int(bytes[index + offset]) }
        return value
    }

    /// Passes a delimiter, if one stands here.
    private mutating func delimiter(_ element: Int) throws(Malformed) -> Bool {
        guard try number(at, 2) == 0xFFFE, try number(at + 2, 2) == element else { return false }
        guard try number(at + 4, 4) == 0 else { throw Malformed() }
        at += 8
        return true
    }

    private mutating func item(_ level: Level) throws(Malformed) {
        guard try number(at, 2) == 0xFFFE, try number(at + 2, 2) == 0xE000 else { throw Malformed() }
        let length = try number(at + 4, 4)
        at += 8
        let number = level.items
        levels[levels.count - 1].items += 1
        try enter(
            Level(
                isItem: true, end: length == 0xFFFF_FFFF ? .max : at + length, isExplicit: level.isExplicit,
                steps: level.steps + [TagPath.Step(level.sequence, number)], sequence: level.sequence,
                index: level.index))
    }

    private mutating func enter(_ level: Level) throws(Malformed) {
        guard levels.count < Self.maximumLevels, level.end == .max || level.end <= bytes.count else {
            throw Malformed()
        }
        levels.append(level)
    }

    private mutating func element(_ isExplicit: Bool, _ end: Int, _ steps: [TagPath.Step]) throws(Malformed) {
        let tag = Tag(UInt16(try number(at, 2)), UInt16(try number(at + 2, 2)))
        guard tag.group != 0xFFFE else { throw Malformed() }
        var vr = StandardTables.vr(of: tag) ?? .UN
        var length: Int
        if isExplicit {
            _ = try number(at + 4, 2)
            guard let named = VR(rawValue: String(decoding: bytes[at + 4..<at + 6], as: UTF8.self)) else {
                throw Malformed()
            }
            vr = named
            length = named.hasLongLength ? try number(at + 8, 4) : try number(at + 6, 2)
            at += named.hasLongLength ? 12 : 8
        } else {
            length = try number(at + 4, 4)
            at += 8
        }
        let isOpen = length == 0xFFFF_FFFF
        if isOpen, tag == .pixelData, isEncapsulated { length = try fragmentLength() }
        let isPixels = isOpen && tag == .pixelData && isEncapsulated
        if vr == .SQ || (isOpen && !isPixels) {
            elements.append(
                OutputElement(path: TagPath(steps, tag), vr: .SQ, value: at..<at, isSequence: true, itemCount: 0))
            try enter(
                Level(
                    isItem: false, end: isOpen ? .max : at + length, isExplicit: isExplicit && vr == .SQ, steps: steps,
                    sequence: tag, index: elements.count - 1))
            return
        }
        guard at + length <= min(end, bytes.count) else { throw Malformed() }
        elements.append(
            OutputElement(path: TagPath(steps, tag), vr: vr, value: at..<at + length, isSequence: false, itemCount: 0))
        at += length
    }

    /// From here to behind the delimiter of encapsulated pixel data.
    private func fragmentLength() throws(Malformed) -> Int {
        var position = at
        while true {
            guard try number(position, 2) == 0xFFFE else { throw Malformed() }
            let kind = try number(position + 2, 2)
            let length = try number(position + 4, 4)
            position += 8 + length
            if kind == 0xE0DD { return position - at }
            guard kind == 0xE000, position <= bytes.count else { throw Malformed() }
        }
    }
}
