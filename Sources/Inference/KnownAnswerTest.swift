import ModelCard
import Passage
import Radiography

/// Pictures that every gateway draws alike, from whole numbers only: no radiographs, but rich enough that other weights,
/// another engine or another preparation of pixels gives another answer.
public enum KnownAnswerPictures {
    /// Names this set; another set is another name.
    public static let name = "integer-1"
    /// Probabilities on different processors differ by the order of their sums, some 10⁻⁶.
    public static let tolerance = 0.001

    private static let rows = 240
    private static let columns = 200

    /// A slope, rings around two centres, and blocks of pseudo-random gray.
    public static func all() throws(RadiographyError) -> [Picture] {
        var pictures: [Picture] = []
        for kind in 0..<3 {
            var gray: [UInt8] = []
            gray.reserveCapacity(rows * columns)
            for y in 0..<rows {
                for x in 0..<columns { gray.append(UInt8(truncatingIfNeeded: value(kind, x, y))) }
            }
            pictures.append(try Picture(rows: rows, columns: columns, gray8: gray))
        }
        return pictures
    }

    private static func value(_ kind: Int, _ x: Int, _ y: Int) -> Int {
        switch kind {
        case 0: return (x + y) * 255 / (rows + columns)
        case 1:
            let left = (x - 60) * (x - 60) + (y - 110) * (y - 110)
            let right = (x - 140) * (x - 140) + (y - 110) * (y - 110)
            return 40 + min(min(left, right) / 48, 200)
        default:
            var state = UInt32((y / 12) * 17 + (x / 10)) &* 2_654_435_761 &+ 12345
            state ^= state >> 15
            return Int(state >> 8 & 0xFF)
        }
    }
}

extension Classifier {
    /// What the model says of the known pictures: per picture, the probability of each label.
    public func knownAnswers() throws -> [[Double]] {
        try KnownAnswerPictures.all().map { picture in
            try classify(picture, remarks: []).findings.findings.map(\.probability)
        }
    }

    /// Whether these are the answers that the passport expects.
    public func passes(_ expected: Passport.KnownAnswer) throws -> Bool {
        guard expected.pictures == KnownAnswerPictures.name else { return false }
        let answers = try knownAnswers()
        guard answers.map(\.count) == expected.probabilities.map(\.count) else { return false }
        return zip(answers.joined(), expected.probabilities.joined()).allSatisfy { answer, wanted in
            abs(answer - wanted) <= expected.tolerance
        }
    }
}

extension Passport.KnownAnswer {
    /// These answers, of the pictures of today.
    public static func of(_ answers: [[Double]]) -> Passport.KnownAnswer {
        Passport.KnownAnswer(
            pictures: KnownAnswerPictures.name, probabilities: answers, tolerance: KnownAnswerPictures.tolerance)
    }
}
