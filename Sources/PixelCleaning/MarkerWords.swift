/// Words of position that stand on radiographs and name nobody, alone or beside a side or a view: ERECT, R SUPINE.
struct MarkerWords {
    /// English words in use; a site adds its own language.
    static let common = [
        "SUPINE", "PRONE", "ERECT", "UPRIGHT", "STANDING", "SITTING", "SEMI", "SEMIERECT", "PORTABLE", "MOBILE", "LEFT",
        "RIGHT", "LATERAL", "DECUBITUS", "INSPIRATION", "EXPIRATION", "BUCKY", "LORDOTIC",
    ]

    /// What stands before or behind such a word.
    private static let companions = ["L", "R", "AP", "PA"]

    private let words: [[Character]]
    /// Mean likeness of the letters to those of the word, and of the worst of them.
    private static let meanLikeness: Float = 0.55
    private static let smallestLikeness: Float = 0.3

    init(_ words: [String]) {
        self.words = words.filter { $0.count >= 4 }.flatMap { word in
            [word] + Self.companions.flatMap { [$0 + word, word + $0] }
        }.map { Array($0) }
    }

    /// The line is one of the words, letter by letter. Letters that touch are never read: then it is text like any other.
    func contain(_ components: [Component], cells: [[Bool]], _ features: LineFeatures, reader: GlyphReader) -> Bool {
        words.contains { word in
            guard word.count == components.count else { return false }
            // Writing that was turned around or mirrored reads from the other end.
            let isReversed = [.turned180, .mirrored, .quarterLeft, .antiTransposed].contains(features.orientation)
            let letters = isReversed ? word.reversed() : word
            let likeness = zip(zip(components, cells), letters).map { part, letter in
                reader.likeness(part.1, box: part.0.box, features.orientation, to: letter)
            }
            guard let worst = likeness.min(), worst >= Self.smallestLikeness else { return false }
            let mean = likeness.reduce(0, +) / Float(likeness.count)
            // Another reading that fits much better is another word.
            return mean >= Self.meanLikeness && mean + 0.08 >= Float(features.likeness)
        }
    }
}
