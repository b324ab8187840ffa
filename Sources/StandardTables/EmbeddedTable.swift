import CAssets
import DICOMCore

/// One embedded text table: its title, and its lines as runs of bytes.
///
/// The bytes are copied once out of the executable; everything after that is safe code.
struct EmbeddedTable {
    /// What the first line says about the edition of the standard.
    let title: String
    let bytes: [UInt8]
    /// Where each line lies, without its end.
    let lines: [Range<Int>]

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var lines: [Range<Int>] = []
        var start = 0
        for index in bytes.indices where bytes[index] == 0x0A {
            lines.append(start..<index)
            start = index + 1
        }
        title = lines.first.map { String(decoding: bytes[$0].dropFirst(2), as: UTF8.self) } ?? ""
        self.lines = Array(lines.dropFirst())
    }

    static let dictionary = unsafe EmbeddedTable(cxr_dictionary_bytes(), cxr_dictionary_size())
    static let confidentiality = unsafe EmbeddedTable(cxr_confidentiality_bytes(), cxr_confidentiality_size())
    static let attributeTypes = unsafe EmbeddedTable(cxr_attribute_types_bytes(), cxr_attribute_types_size())
    static let uids = unsafe EmbeddedTable(cxr_uids_bytes(), cxr_uids_size())
    static let terms = unsafe EmbeddedTable(cxr_terms_bytes(), cxr_terms_size())
    static let safePrivate = unsafe EmbeddedTable(cxr_safe_private_bytes(), cxr_safe_private_size())
    static let contentNames = unsafe EmbeddedTable(cxr_content_names_bytes(), cxr_content_names_size())
    static let descriptorWords = unsafe EmbeddedTable(cxr_descriptor_words_bytes(), cxr_descriptor_words_size())

    private init(_ start: UnsafePointer<UInt8>?, _ count: UInt) {
        unsafe self.init(Array(UnsafeBufferPointer(start: start, count: Int(count))))
    }

    /// The fields of a line, split at tabs.
    func fields(_ line: Range<Int>) -> [String] {
        bytes[line].split(separator: 0x09, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A tag as the tables write it: eight hexadecimal digits, of which some may be `x` (any digit).
public struct TagPattern: Sendable, Hashable {
    let number: UInt32
    /// One bits where a digit is fixed.
    let mask: UInt32

    /// Reads eight digits in upper case, or `x`; `nil` for anything else.
    public init?(_ digits: some Collection<UInt8>) {
        guard digits.count == 8 else { return nil }
        var number: UInt32 = 0
        var mask: UInt32 = 0
        for digit in digits {
            let value: UInt32
            switch digit {
            case 0x30...0x39: value = UInt32(digit - 0x30)
            case 0x41...0x46: value = UInt32(digit - 0x41 + 10)
            case 0x78:
                number <<= 4
                mask <<= 4
                continue
            default: return nil
            }
            number = number << 4 | value
            mask = mask << 4 | 0xF
        }
        self.number = number
        self.mask = mask
    }

    /// The one tag that it names; `nil` if some digit may be any.
    public var singleTag: Tag? { mask == .max ? Tag(number: number) : nil }

    /// Whether a tag has these digits; a pattern without `x` matches one tag alone.
    public func matches(_ tag: UInt32) -> Bool { tag & mask == number }
}
