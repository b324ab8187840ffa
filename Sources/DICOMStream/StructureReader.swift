import DICOMCore
import StandardTables

/// Reads the skeleton of a data set: headers, lengths, nesting; never a value.
///
/// A machine with an explicit stack: give it the bytes that are there, take events until it wants more. Its own work
/// per call is constant, so bytes may arrive one at a time. All lengths are held against what encloses them before
/// anything is skipped, so no event ever reaches outside its parent.
///
/// Source: PS3.5 7.1, 7.5, A.4.
struct StructureReader {
    enum Event: Equatable {
        /// An element with a value that lies at `value` (which may not have arrived yet in full).
        case element(Tag, VR, value: Range<Int>)
        case sequenceStart(Tag)
        case itemStart
        case itemEnd
        case sequenceEnd
        /// Encapsulated pixels below the top level (an icon): `value` spans the items and the delimiter.
        case fragments(Tag, VR, value: Range<Int>)
        /// One more piece of such pixels has been passed; nothing to do.
        case fragment
        /// Pixel data at the top level; `length` is `nil` for undefined. The reader stands at the first value byte.
        case pixelData(VR, length: Int?)
    }

    private enum Kind {
        case sequence
        case item
        /// Fragments of encapsulated pixels inside an item; remembers where they began.
        case fragments(Tag, VR, start: Int)
    }

    private struct Frame {
        let kind: Kind
        /// The first byte behind it; `nil` for undefined length.
        let end: Int?
        /// Nothing inside may reach beyond this (the nearest defined end around it).
        let bound: Int
        let isExplicit: Bool
        var tags = TagOrder()
    }

    private let limits: ScanLimits
    private let isExplicitAtTop: Bool
    private let isEncapsulated: Bool
    private var stack: [Frame] = []
    private var topTags = TagOrder()
    private var sequenceDepth = 0
    private var elementCount = 0

    /// Where the next header begins, from the start of the data set.
    private(set) var position = 0
    private(set) var noise = ScanNoise()

    init(_ transferSyntax: TransferSyntax, _ limits: ScanLimits) {
        self.limits = limits
        isExplicitAtTop = transferSyntax.isExplicitVR
        isEncapsulated = transferSyntax.isEncapsulated
    }

    /// Nothing is open: the data set may end here.
    var isAtTopLevel: Bool { stack.isEmpty }
    /// How many sequences are open.
    var depth: Int { sequenceDepth }

    /// Moves on behind bytes that someone else has read (the pixel data).
    mutating func skip(to position: Int) { self.position = position }

    /// The next event, or `nil` if its header has not arrived in full. `bytes` starts at offset `base` of the data set.
    mutating func next(in bytes: [UInt8], base: Int = 0) throws(StreamError) -> Event? {
        if let frame = stack.last {
            if let end = frame.end, position == end { return close(frame) }
            switch frame.kind {
            case .sequence: return try nextItem(bytes, base, frame)
            case .fragments(let tag, let vr, let start): return try nextFragment(bytes, base, frame, tag, vr, start)
            case .item: break
            }
        }
        return try nextElement(bytes, base)
    }

    // MARK: Elements

    private mutating func nextElement(_ bytes: [UInt8], _ base: Int) throws(StreamError) -> Event? {
        let bound = stack.last?.bound ?? .max
        let available = base + bytes.count
        guard try hasArrived(8, available, bound) else { return nil }
        let at = position - base
        let tag = Tag(bytes.uint16(at), bytes.uint16(at + 2))
        if tag.group == 0xFFFE { return try endItem(tag, length: bytes.uint32(at + 4)) }
        if tag.group == 0x0000 || tag.group == 0x0002 { throw StreamError(.forbiddenGroup, at: position) }

        let isExplicit = stack.last?.isExplicit ?? isExplicitAtTop
        let vr: VR
        let length: UInt32
        let headerLength: Int
        var isNoisyVR = false
        if isExplicit {
            let known = VR(bytes[at + 4], bytes[at + 5])
            guard known != nil || VR.isPlausible(bytes[at + 4], bytes[at + 5]) else {
                throw StreamError(.unknownVR, at: position + 4)
            }
            isNoisyVR = known == nil
            vr = known ?? .UN
            headerLength = vr.hasLongLength ? 12 : 8
            guard try hasArrived(headerLength, available, bound) else { return nil }
            length = headerLength == 12 ? bytes.uint32(at + 8) : UInt32(bytes.uint16(at + 6))
        } else {
            vr = implicitVR(tag)
            headerLength = 8
            length = bytes.uint32(at + 4)
        }
        let start = position + headerLength
        if isNoisyVR { noise.unknownVRs += 1 }
        try count()
        try note(tag)

        if tag == .pixelData, stack.isEmpty {
            position = start
            return .pixelData(vr, length: length == .max ? nil : Int(length))
        }
        if length == .max { return try open(tag, vr, isExplicit, start: start, bound: bound) }
        let end = start + Int(length)
        guard end <= bound else { throw StreamError(.lengthExceedsParent, at: position) }
        if length & 1 == 1 { noise.oddLengths += 1 }
        // UN may stand for a sequence that the writer did not know; its content is implicit VR (PS3.5 6.2.2).
        if vr == .SQ || (vr == .UN && StandardTables.vr(of: tag) == .SQ) {
            try push(Frame(kind: .sequence, end: end, bound: end, isExplicit: isExplicit && vr == .SQ))
            position = start
            return .sequenceStart(tag)
        }
        position = end
        return .element(tag, vr, value: start..<end)
    }

    /// An undefined length: a sequence, an unknown that is a sequence in implicit VR (PS3.5 6.2.2 note 2), or
    /// encapsulated pixels of an icon.
    private mutating func open(
        _ tag: Tag, _ vr: VR, _ isExplicit: Bool, start: Int, bound: Int
    ) throws(StreamError) -> Event {
        if tag == .pixelData, isEncapsulated, vr == .OB || vr == .OW || vr == .UN {
            try push(Frame(kind: .fragments(tag, vr, start: start), end: nil, bound: bound, isExplicit: isExplicit))
            position = start
            return .fragment
        }
        let isImplicitInside = !isExplicit || vr == .UN
        guard vr == .SQ || isImplicitInside, tag != .pixelData else {
            throw StreamError(.undefinedLengthNotAllowed, at: position)
        }
        // In implicit VR only a sequence can have undefined length, so an attribute that the dictionary knows as
        // something else is no data set of ours; unknown and private attributes are taken for sequences.
        if isImplicitInside, vr != .SQ, let known = StandardTables.vr(of: tag), known != .SQ, known != .UN {
            throw StreamError(.unexpectedSequence, at: position)
        }
        try push(Frame(kind: .sequence, end: nil, bound: bound, isExplicit: !isImplicitInside))
        position = start
        return .sequenceStart(tag)
    }

    private func implicitVR(_ tag: Tag) -> VR {
        if tag.isPrivateCreator { return .LO }
        return StandardTables.vr(of: tag) ?? .UN
    }

    // MARK: Items and delimiters

    private mutating func endItem(_ tag: Tag, length: UInt32) throws(StreamError) -> Event {
        guard tag.element == 0xE00D, let frame = stack.last, frame.end == nil else {
            throw StreamError(.unexpectedDelimiter, at: position)
        }
        guard length == 0 else { throw StreamError(.delimiterWithLength, at: position) }
        position += 8
        return close(frame)
    }

    private mutating func nextItem(_ bytes: [UInt8], _ base: Int, _ frame: Frame) throws(StreamError) -> Event? {
        guard try hasArrived(8, base + bytes.count, frame.bound) else { return nil }
        let at = position - base
        let tag = Tag(bytes.uint16(at), bytes.uint16(at + 2))
        let length = bytes.uint32(at + 4)
        if tag == .sequenceDelimiter {
            guard frame.end == nil else { throw StreamError(.unexpectedDelimiter, at: position) }
            guard length == 0 else { throw StreamError(.delimiterWithLength, at: position) }
            position += 8
            return close(frame)
        }
        guard tag == .item else { throw StreamError(.itemExpected, at: position) }
        try count()
        let start = position + 8
        let end = length == .max ? nil : start + Int(length)
        guard (end ?? start) <= frame.bound else { throw StreamError(.lengthExceedsParent, at: position) }
        stack.append(Frame(kind: .item, end: end, bound: end ?? frame.bound, isExplicit: frame.isExplicit))
        position = start
        return .itemStart
    }

    private mutating func nextFragment(
        _ bytes: [UInt8], _ base: Int, _ frame: Frame, _ tag: Tag, _ vr: VR, _ start: Int
    ) throws(StreamError) -> Event? {
        guard try hasArrived(8, base + bytes.count, frame.bound) else { return nil }
        let at = position - base
        let itemTag = Tag(bytes.uint16(at), bytes.uint16(at + 2))
        let length = bytes.uint32(at + 4)
        guard itemTag == .item || itemTag == .sequenceDelimiter else { throw StreamError(.itemExpected, at: position) }
        guard length != .max else { throw StreamError(.undefinedLengthNotAllowed, at: position) }
        let end = position + 8 + Int(length)
        guard end <= frame.bound else { throw StreamError(.lengthExceedsParent, at: position) }
        if itemTag == .sequenceDelimiter {
            guard length == 0 else { throw StreamError(.delimiterWithLength, at: position) }
            position = end
            _ = close(frame)
            return .fragments(tag, vr, value: start..<end)
        }
        try count()
        if length & 1 == 1 { noise.oddLengths += 1 }
        position = end
        return .fragment
    }

    // MARK: The stack

    private mutating func push(_ frame: Frame) throws(StreamError) {
        guard sequenceDepth < limits.maximumDepth else { throw StreamError(.tooDeep, at: position) }
        sequenceDepth += 1
        stack.append(frame)
    }

    private mutating func close(_ frame: Frame) -> Event {
        stack.removeLast()
        if case .item = frame.kind { return .itemEnd }
        sequenceDepth -= 1
        return .sequenceEnd
    }

    private mutating func count() throws(StreamError) {
        elementCount += 1
        guard elementCount <= limits.maximumElements else { throw StreamError(.tooManyElements, at: position) }
    }

    private mutating func note(_ tag: Tag) throws(StreamError) {
        let order = stack.isEmpty ? topTags.take(tag.number) : stack[stack.count - 1].tags.take(tag.number)
        switch order {
        case .ascending: break
        case .outOfOrder: noise.tagsOutOfOrder += 1
        case .duplicate: throw StreamError(.duplicateTag, at: position)
        }
    }

    /// Whether the next header lies before us in full. Throws if its parent has no room for it, before anything of it
    /// is looked at: what is wrong with an object must not depend on how its bytes were portioned.
    private func hasArrived(_ count: Int, _ available: Int, _ bound: Int) throws(StreamError) -> Bool {
        guard position <= bound - count else { throw StreamError(.lengthExceedsParent, at: position) }
        return position <= available - count
    }
}

/// The tags of one data set in their order of arrival; knows a duplicate wherever it stands.
struct TagOrder {
    enum Verdict { case ascending, outOfOrder, duplicate }

    private var seen: [UInt32] = []
    /// All tags, made only when the order is broken for the first time.
    private var all: Set<UInt32>?
    private var last: UInt32 = 0

    mutating func take(_ tag: UInt32) -> Verdict {
        if all == nil {
            guard let previous = seen.last, tag <= previous else {
                seen.append(tag)
                last = tag
                return .ascending
            }
            all = Set(seen)
        }
        defer { last = tag }
        guard all?.insert(tag).inserted == true else { return .duplicate }
        return tag > last ? .ascending : .outOfOrder
    }
}
