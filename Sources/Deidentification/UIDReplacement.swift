import DICOMCore
import StandardTables

/// Replaces the UIDs in a value of VR UI, each of several.
struct UIDReplacement {
    private let uids: any UIDMapping

    init(_ uids: any UIDMapping) { self.uids = uids }

    /// The value with its UIDs mapped, padded to even length. Registered UIDs stay if told so; empty values stay empty.
    func replaced(_ bytes: [UInt8], keepsRegistered: Bool) -> [UInt8] {
        var output: [UInt8] = []
        for (index, part) in bytes.split(separator: 0x5C, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { output.append(0x5C) }
            let text = Self.trimmed(part)
            if text.isEmpty { continue }
            if keepsRegistered, StandardTables.isRegistered(text) {
                output.append(contentsOf: text.utf8)
            } else {
                output.append(contentsOf: uids.mapped(UID(text) ?? Self.standIn(for: Array(text.utf8))).value.utf8)
            }
        }
        if output.count & 1 == 1 { output.append(0) }
        return output
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var slice = bytes
        while let last = slice.last, last == 0 || last == 0x20 { slice = slice.dropLast() }
        while slice.first == 0x20 { slice = slice.dropFirst() }
        return String(decoding: slice, as: UTF8.self)
    }

    /// A UID for what is none (leading zeros, letters, too long), so that it can be mapped consistently: FNV-1a of 128
    /// bits. It needs no key, because only the mapping of it leaves.
    private static func standIn(for bytes: [UInt8]) -> UID {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes {
            hash ^= UInt128(byte)
            hash = hash &* 0x0000_0000_0100_0000_0000_0000_0000_013B
        }
        return UID("2.25.\(hash)") ?? "2.25.0"
    }
}
