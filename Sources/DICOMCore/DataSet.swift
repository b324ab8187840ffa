/// One attribute of a data set: its tag, its value representation, and its value as it lies on the wire.
public struct DataElement: Hashable, Sendable {
    /// Bytes in little-endian order, padding included; or the items of a sequence.
    public enum Value: Hashable, Sendable {
        case bytes([UInt8])
        case items([DataSet])
    }

    public let tag: Tag
    public let vr: VR
    public var value: Value

    public init(_ tag: Tag, _ vr: VR, bytes: [UInt8]) {
        self.tag = tag
        self.vr = vr
        value = .bytes(bytes)
    }

    public init(_ tag: Tag, items: [DataSet]) {
        self.tag = tag
        vr = .SQ
        value = .items(items)
    }

    /// The raw value; empty for sequences.
    public var bytes: [UInt8] {
        if case .bytes(let bytes) = value { bytes } else { [] }
    }

    /// The items of a sequence; empty for everything else.
    public var items: [DataSet] {
        if case .items(let items) = value { items } else { [] }
    }

    /// No value at all: zero bytes or no item.
    public var isEmpty: Bool {
        switch value {
        case .bytes(let bytes): bytes.isEmpty
        case .items(let items): items.isEmpty
        }
    }
}

/// A DICOM data set: elements by tag, in the order of PS3.5 7.1.
///
/// Values keep the bytes of their source; nothing is re-encoded.
public struct DataSet: Hashable, Sendable {
    /// Elements in ascending order of tag, each tag once.
    public private(set) var elements: [DataElement]

    public init() { elements = [] }

    /// Takes elements in any order; of several with one tag the last stays.
    public init(_ elements: [DataElement]) {
        self.elements = []
        for element in elements { set(element) }
    }

    public var isEmpty: Bool { elements.isEmpty }

    public subscript(tag: Tag) -> DataElement? {
        let index = position(of: tag)
        return index < elements.count && elements[index].tag == tag ? elements[index] : nil
    }

    /// Puts an element in its place, over one with the same tag.
    public mutating func set(_ element: DataElement) {
        if let last = elements.last, last.tag < element.tag {
            elements.append(element)
            return
        }
        let index = position(of: element.tag)
        if index < elements.count, elements[index].tag == element.tag {
            elements[index] = element
        } else {
            elements.insert(element, at: index)
        }
    }

    /// Takes an element out, and returns it.
    @discardableResult
    public mutating func remove(_ tag: Tag) -> DataElement? {
        let index = position(of: tag)
        guard index < elements.count, elements[index].tag == tag else { return nil }
        return elements.remove(at: index)
    }

    private func position(of tag: Tag) -> Int {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].tag < tag { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
