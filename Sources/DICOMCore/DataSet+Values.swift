// Reading and writing the plain values of a data set: text of the default repertoire, numbers, UIDs, codes.
// Text that depends on Specific Character Set is never decoded here; its bytes are copied (see `DataElement.bytes`).

extension DataSet {
    /// The value as text of the default repertoire, padding stripped, bytes outside ASCII replaced. `nil` if absent.
    public func text(_ tag: Tag) -> String? {
        guard let element = self[tag], case .bytes(let bytes) = element.value else { return nil }
        return DataSet.trimmedText(bytes)
    }

    /// The values of a multi-valued text attribute, split at the backslash, each stripped of padding.
    public func texts(_ tag: Tag) -> [String] {
        guard let element = self[tag], case .bytes(let bytes) = element.value, !bytes.isEmpty else { return [] }
        return bytes.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
            .map { DataSet.trimmedText(Array($0)) }
    }

    /// The value as a UID; `nil` if absent or malformed.
    public func uid(_ tag: Tag) -> UID? { text(tag).flatMap { UID($0) } }

    /// The n-th unsigned 16-bit number (VR US, or the 16-bit reading of SS and OW).
    public func uint16(_ tag: Tag, at index: Int = 0) -> UInt16? {
        guard let bytes = self[tag]?.bytes, bytes.count >= index * 2 + 2 else { return nil }
        return UInt16(bytes[index * 2]) | UInt16(bytes[index * 2 + 1]) << 8
    }

    /// The n-th number of a decimal or integer string (VR DS, IS).
    public func decimal(_ tag: Tag, at index: Int = 0) -> Double? {
        let values = texts(tag)
        guard index < values.count else { return nil }
        return Double(values[index])
    }

    /// The items of a sequence; empty if absent.
    public func items(_ tag: Tag) -> [DataSet] { self[tag]?.items ?? [] }

    /// Sets text of the default repertoire, padded to even length. Several values go in with backslashes.
    public mutating func set(_ tag: Tag, _ vr: VR, _ text: String) {
        var bytes = Array(text.utf8)
        if bytes.count % 2 == 1 { bytes.append(vr.paddingByte) }
        set(DataElement(tag, vr, bytes: bytes))
    }

    public mutating func set(_ tag: Tag, _ uid: UID) { set(tag, .UI, uid.value) }

    public mutating func set(_ tag: Tag, _ values: UInt16...) {
        set(DataElement(tag, .US, bytes: values.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }))
    }

    public mutating func set(_ tag: Tag, floats values: [Float]) {
        let bytes = values.flatMap { value -> [UInt8] in
            let bits = value.bitPattern
            return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
        }
        set(DataElement(tag, .FL, bytes: bytes))
    }

    public mutating func set(_ tag: Tag, items: [DataSet]) { set(DataElement(tag, items: items)) }

    /// Sets a code sequence with one item (PS3.3 8.8).
    public mutating func set(_ tag: Tag, code: Code) { set(tag, items: [DataSet(code: code)]) }

    /// The item that encodes a concept (PS3.3 8.8).
    public init(code: Code) {
        self.init()
        set(Tag(0x0008, 0x0100), .SH, code.value)
        set(Tag(0x0008, 0x0102), .SH, code.scheme)
        set(Tag(0x0008, 0x0104), .LO, code.meaning)
    }

    private static func trimmedText(_ bytes: [UInt8]) -> String {
        var slice = bytes[...]
        while let last = slice.last, last == 0 || last == 0x20 { slice = slice.dropLast() }
        while slice.first == 0x20 { slice = slice.dropFirst() }
        return String(decoding: slice, as: UTF8.self)
    }
}
