import Radiography

/// Compares components with the characters of the embedded font, in the eight ways that a picture can lie.
struct GlyphReader {
    /// Side of the grid that components and characters are stretched over; a row is one word of bits.
    static let side = 16

    /// How a picture may have been turned or flipped after it was written on.
    enum Orientation: Int, CaseIterable {
        case upright, turned180, mirrored, flipped, quarterLeft, quarterRight, transposed, antiTransposed

        /// The writing runs along columns.
        var isVertical: Bool { rawValue >= Orientation.quarterLeft.rawValue }

        /// Where cell (row, column) of the upright character comes from.
        func source(_ row: Int, _ column: Int, last: Int) -> (row: Int, column: Int) {
            switch self {
            case .upright: (row, column)
            case .turned180: (last - row, last - column)
            case .mirrored: (row, last - column)
            case .flipped: (last - row, column)
            case .quarterLeft: (last - column, row)
            case .quarterRight: (column, last - row)
            case .transposed: (column, row)
            case .antiTransposed: (last - column, last - row)
            }
        }
    }

    /// A bit map of the grid.
    struct Pattern: Hashable {
        var words = SIMD4<UInt64>(repeating: 0)
        var ink = 0

        init(_ cells: [Bool]) {
            for (index, isInk) in cells.enumerated() where isInk {
                words[index / 64] |= 1 << UInt64(index % 64)
                ink += 1
            }
        }

        /// Correlation of two bit maps, −1…1; 0 if either is all ink or none.
        func likeness(_ other: Pattern) -> Float {
            let both = words & other.words
            let common =
                both[0].nonzeroBitCount + both[1].nonzeroBitCount + both[2].nonzeroBitCount + both[3].nonzeroBitCount
            let total = Float(GlyphReader.side * GlyphReader.side)
            let (one, two) = (Float(ink), Float(other.ink))
            let spread = (one * (total - one) * two * (total - two)).squareRoot()
            return spread > 0 ? (total * Float(common) - one * two) / spread : 0
        }
    }

    private struct Shape {
        let character: Character
        let aspect: Float
        let pattern: Pattern
    }

    private let shapes: [Shape]
    private let byCharacter: [Character: Shape]

    /// Capital letters, digits, and those small letters whose stretched shape is not a capital's.
    private static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abdefghijlmnqrty"
    private static let rest = "ckopsuvwxz-()"

    init() throws(RadiographyError) {
        func shapes(_ characters: String) throws(RadiographyError) -> [Shape] {
            try GlyphShapes.shapes(of: characters, rows: Self.side, columns: Self.side).map {
                Shape(character: $0.character, aspect: $0.aspect, pattern: Pattern($0.cells.map { $0 >= 0.5 }))
            }
        }
        self.shapes = try shapes(Self.alphabet)
        byCharacter = Dictionary(
            (self.shapes + (try shapes(Self.rest))).map { ($0.character, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// How much a component looks like the character that it looks like most, 0…1. Bars have no shape and give `nil`.
    func likeness(_ cells: [Bool], box: PixelBox, _ orientation: Orientation) -> Float? {
        let aspect = Self.aspect(box, orientation)
        guard aspect > Self.barAspect else { return nil }
        let pattern = Self.turned(cells, orientation)
        return shapes.reduce(0) { best, shape in
            abs(shape.aspect - aspect) < Self.aspectTolerance ? max(best, shape.pattern.likeness(pattern)) : best
        }
    }

    /// How much a component looks like one character, in either case, −1…1. A bar is an I, an l or a 1.
    func likeness(_ cells: [Bool], box: PixelBox, _ orientation: Orientation, to character: Character) -> Float {
        let aspect = Self.aspect(box, orientation)
        guard aspect > Self.barAspect else { return "iIlL1".contains(character) ? 1 : -1 }
        let pattern = Self.turned(cells, orientation)
        return [character.uppercased(), character.lowercased()].reduce(-1) { best, name in
            guard let shape = name.first.flatMap({ byCharacter[$0] }), abs(shape.aspect - aspect) < Self.aspectTolerance
            else { return best }
            return max(best, shape.pattern.likeness(pattern))
        }
    }

    /// Narrower than this part of its height a component is a bar: stretched over the grid it would be all ink.
    private static let barAspect: Float = 0.3
    /// Fonts differ so much in the width of a letter.
    private static let aspectTolerance: Float = 0.45

    private static func aspect(_ box: PixelBox, _ orientation: Orientation) -> Float {
        let size = orientation.isVertical ? box.transposed : box
        return Float(size.width) / Float(max(1, size.height))
    }

    private static func turned(_ cells: [Bool], _ orientation: Orientation) -> Pattern {
        if orientation == .upright { return Pattern(cells) }
        let last = side - 1
        var turned = cells
        for row in 0...last {
            for column in 0...last {
                let from = orientation.source(row, column, last: last)
                turned[row * side + column] = cells[from.row * side + from.column]
            }
        }
        return Pattern(turned)
    }
}
