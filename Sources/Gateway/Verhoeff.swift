/// The check digit of SNOMED CT identifiers: sums in the dihedral group of order ten, digits permuted by their place.
/// Source: Verhoeff, Error detecting decimal codes (1969); SNOMED CT Technical Implementation Guide, "Check-digit".
enum Verhoeff {
    private static let permutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

    /// The product of two elements: 0…4 turn, 5…9 turn and flip.
    static func product(_ left: Int, _ right: Int) -> Int {
        switch (left < 5, right < 5) {
        case (true, true): (left + right) % 5
        case (true, false): (left + right - 5) % 5 + 5
        case (false, true): (left - 5 - right + 5) % 5 + 5
        case (false, false): (left - right + 5) % 5
        }
    }

    static func permuted(_ digit: Int, times: Int) -> Int {
        (0..<times % 8).reduce(digit) { digit, _ in permutation[digit] }
    }
}
