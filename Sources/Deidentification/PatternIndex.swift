/// Finds many patterns in one run over the bytes, upper and lower case alike, also in UTF-16.
///
/// Patterns hang in chains under a hash of their first four bytes; nearly every position finds an empty chain.
struct PatternIndex {
    struct Match {
        let origin: ValueOrigin
        let range: Range<Int>
        /// Nothing but digits, in plain bytes.
        let isDigits: Bool
    }

    private struct Pattern {
        let key: UInt32
        /// Where its bytes lie in `arena`.
        let bytes: Range<Int>
        let origin: ValueOrigin
        let isDigits: Bool
        /// The next pattern of the chain, or -1.
        let next: Int32
    }

    private static let slotBits: UInt32 = 12
    /// A real header meets some hundred; a hostile one could repeat one word for megabytes.
    static let maximumMatches = 5000
    /// Patterns compared: some thousand in a real header. Patterns of one beginning could make it quadratic.
    static let maximumComparisons = 1_000_000

    /// The bytes of all patterns, one behind the other.
    private var arena: [UInt8] = []
    private var patterns: [Pattern] = []
    private var heads = [Int32](repeating: -1, count: 1 << Int(slotBits))

    init(_ values: [[UInt8]: ValueOrigin]) {
        patterns.reserveCapacity(values.count * 3)
        for (value, origin) in values {
            if value.allSatisfy({ $0 < 0x80 }) {
                addASCII(value, origin)
            } else {
                for variant in Self.variants(of: value) { add(origin) { $0.append(contentsOf: variant) } }
            }
        }
    }

    private mutating func addASCII(_ value: [UInt8], _ origin: ValueOrigin) {
        add(origin) { arena in
            for byte in value { arena.append(Self.folded(byte)) }
        }
        add(origin) { arena in
            for byte in value {
                arena.append(Self.folded(byte))
                arena.append(0)
            }
        }
        add(origin) { arena in
            for byte in value {
                arena.append(0)
                arena.append(Self.folded(byte))
            }
        }
    }

    private mutating func add(_ origin: ValueOrigin, _ write: (inout [UInt8]) -> Void) {
        let start = arena.count
        write(&arena)
        guard arena.count >= start + 4 else { return }
        var key: UInt32 = 0
        for offset in 0..<4 { key |= UInt32(arena[start + offset]) << UInt32(8 * offset) }
        let slot = Self.slot(key)
        let isDigits = arena[start...].allSatisfy { (0x30...0x39).contains($0) }
        patterns.append(
            Pattern(key: key, bytes: start..<arena.count, origin: origin, isDigits: isDigits, next: heads[slot]))
        heads[slot] = Int32(patterns.count - 1)
    }

    private static func slot(_ key: UInt32) -> Int { Int((key &* 0x9E37_79B1) >> (32 - slotBits)) }

    /// Every place where a pattern occurs; `nil` if there are too many to tell.
    func matches(in bytes: [UInt8]) -> [Match]? {
        guard bytes.count >= 4, !patterns.isEmpty else { return [] }
        let folded = bytes.map(Self.folded)
        var found: [Match] = []
        var comparisons = 0
        var key = UInt32(folded[0]) << 8 | UInt32(folded[1]) << 16 | UInt32(folded[2]) << 24
        for index in 0..<folded.count - 3 {
            key = key >> 8 | UInt32(folded[index + 3]) << 24
            guard comparisons <= Self.maximumComparisons else { return nil }
            var candidate = heads[Self.slot(key)]
            while candidate >= 0 {
                let pattern = patterns[Int(candidate)]
                candidate = pattern.next
                comparisons += 1
                let end = index + pattern.bytes.count
                guard pattern.key == key, end <= folded.count else { continue }
                guard folded[index..<end].elementsEqual(arena[pattern.bytes]) else { continue }
                guard found.count < Self.maximumMatches else { return nil }
                found.append(Match(origin: pattern.origin, range: index..<end, isDigits: pattern.isDigits))
            }
        }
        return found
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// A value with letters beyond ASCII, as bytes of several encodings and letter cases.
    private static func variants(of value: [UInt8]) -> Set<[UInt8]> {
        // Text in UTF-8 if it can be, else each byte a character of Latin-1.
        let latin1 = String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))
        let text = String(validating: value, as: UTF8.self) ?? latin1
        var variants: Set<[UInt8]> = [value.map(folded)]
        for form in [text, text.lowercased(), text.uppercased()] {
            variants.insert(form.utf8.map(folded))
            let latin = form.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
            if latin.count == form.unicodeScalars.count { variants.insert(latin.map(folded)) }
            let units = form.utf16.map {
                (folded(UInt8(truncatingIfNeeded: $0)), folded(UInt8(truncatingIfNeeded: $0 >> 8)))
            }
            variants.insert(units.flatMap { [$0.0, $0.1] })
            variants.insert(units.flatMap { [$0.1, $0.0] })
        }
        return variants
    }
}
