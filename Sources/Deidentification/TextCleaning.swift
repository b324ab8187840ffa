import DICOMCore
import StandardTables

/// Cleans free text: ordinary radiographic words stay, everything else goes.
///
/// A word stays if it is in the vocabulary (`DescriptorVocabulary`) and names nobody whom the header knows. So names,
/// numbers of two digits and more, dates, identifiers, and every word in another alphabet go without having to be
/// recognised as such. What is left is ASCII, whatever the character set was.
///
/// Source: PS3.15 E.3.5 (Clean Descriptors Option).
struct TextCleaning {
    let identities: KnownIdentities

    /// The cleaned value, padded; `nil` if nothing is left.
    func value(_ bytes: [UInt8], _ vr: VR) -> [UInt8]? {
        let hasSeveral = vr == .LO || vr == .SH || vr == .UC || vr == .CS
        let plain = Self.withoutEscapes(bytes)
        let parts = hasSeveral ? plain.split(separator: 0x5C, omittingEmptySubsequences: false) : [plain[...]]
        let cleaned = parts.map { vr == .CS ? term($0) : text($0) }.filter { !$0.isEmpty }
        if cleaned.isEmpty { return nil }
        var output = Array(cleaned.joined(separator: [0x5C]))
        if output.count & 1 == 1 { output.append(vr.paddingByte) }
        return output
    }

    /// An AE title that holds no word by which the header names somebody; else `nil`.
    func title(_ bytes: [UInt8]) -> [UInt8]? {
        let words = bytes.split { !Self.isWordByte($0) }
        let isClean = words.allSatisfy { !identities.contains($0) } && bytes.allSatisfy { (0x20...0x7E).contains($0) }
        return isClean && !words.isEmpty ? bytes : nil
    }

    /// A code string stays whole, or not at all.
    private func term(_ part: ArraySlice<UInt8>) -> [UInt8] {
        let trimmed = RemovedPadding.trimmed(part)
        let isTerm = StandardTables.isStandardTerm(String(decoding: trimmed, as: UTF8.self))
        return isTerm && !identities.contains(trimmed) ? trimmed : []
    }

    /// The words that may stay, with one space, hyphen, slash or comma between them.
    private func text(_ part: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        var separator: UInt8 = 0x20
        var position = part.startIndex
        while position < part.endIndex {
            guard Self.isWordByte(part[position]) else {
                let byte = part[position]
                if byte == 0x2F || byte == 0x2C || byte == 0x2D { separator = byte }
                position += 1
                continue
            }
            var end = position
            while end < part.endIndex, Self.isWordByte(part[end]) { end += 1 }
            let word = part[position..<end]
            position = end
            if DescriptorVocabulary.shared.contains(word), !identities.contains(word) {
                if !output.isEmpty {
                    output.append(separator)
                    if separator == 0x2C { output.append(0x20) }
                }
                output += word
            }
            // Separators beside a word that went have nothing to separate.
            separator = 0x20
        }
        return output
    }

    /// Letters, digits, and every byte beyond ASCII: a word in another alphabet is one word, and none of ours.
    static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF, 0x27, 0x5F: true
        default: false
        }
    }

    static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// Text between an escape to another character set and the next escape back to ASCII goes: bytes that look like
    /// letters are none there (PS3.5 6.1.2.5).
    private static func withoutEscapes(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x1B) else { return bytes }
        var output: [UInt8] = []
        var isASCII = true
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x1B {
                let sequence = bytes[index..<min(index + 3, bytes.count)]
                isASCII = sequence.elementsEqual([0x1B, 0x28, 0x42])
                output.append(0x20)
                index += isASCII ? 3 : 1
                continue
            }
            // A line end, or the end of a value, begins anew in the default repertoire.
            if bytes[index] == 0x0A || bytes[index] == 0x0D { isASCII = true }
            if isASCII { output.append(bytes[index]) }
            index += 1
        }
        return output
    }
}

/// Padding and blanks around a value.
enum RemovedPadding {
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var slice = bytes
        while let last = slice.last, last == 0 || last == 0x20 { slice = slice.dropLast() }
        while slice.first == 0x20 { slice = slice.dropFirst() }
        return Array(slice)
    }
}
