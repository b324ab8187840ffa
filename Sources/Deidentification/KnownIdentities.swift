import DICOMCore
import StandardTables

/// The words by which a header names people: every component of every person name at any depth, and what stands in the
/// patient's attributes. What of them is an ordinary word as well (Mr. Hand) must not pass as one.
struct KnownIdentities {
    private var words: Set<[UInt8]> = []

    init(_ headers: [DataSet]) {
        var work = headers
        while let dataSet = work.popLast() {
            for element in dataSet.elements {
                if element.isSequence {
                    work += element.items
                } else if Self.isNaming(element) {
                    add(element.bytes)
                }
            }
        }
    }

    private static func isNaming(_ element: DataElement) -> Bool {
        if element.vr == .PN || StandardTables.vr(of: element.tag) == .PN { return true }
        guard element.tag.group == 0x0010 || element.tag == .accessionNumber,
            let row = ConfidentialityTable.shared.row(for: element.tag)
        else { return false }
        let vr = StandardTables.vr(of: element.tag)
        return row.action(under: .cleanDescriptors) == nil && vr != .CS && vr != .DS && vr != .US
    }

    private mutating func add(_ bytes: [UInt8]) {
        for word in bytes.split(whereSeparator: { !TextCleaning.isWordByte($0) }) where word.count >= 2 {
            words.insert(word.map(TextCleaning.folded))
        }
    }

    func contains(_ word: some Collection<UInt8>) -> Bool {
        !words.isEmpty && words.contains(word.map(TextCleaning.folded))
    }
}
