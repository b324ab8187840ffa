/// Pictures that a report shows, with what the model saw in them.
public struct EvaluationPictures: Sendable {
    /// One small picture.
    public struct Picture: Sendable {
        /// The row of its label, 1 being the heading: a report names nothing else.
        public let labelRow: Int
        public let score: Double
        /// A gray PNG of `rows` × `columns` pixels.
        public let png: [UInt8]
        public let rows: Int
        public let columns: Int
        /// Evidence on the scale of the model's heat maps, `[heatRows][heatColumns]`: 1 is full scale.
        public let heat: [Float]
        public let heatRows: Int
        public let heatColumns: Int

        public init(
            labelRow: Int, score: Double, png: [UInt8], rows: Int, columns: Int, heat: [Float], heatRows: Int,
            heatColumns: Int
        ) {
            (self.labelRow, self.score, self.png) = (labelRow, score, png)
            (self.rows, self.columns) = (rows, columns)
            (self.heat, self.heatRows, self.heatColumns) = (heat, heatRows, heatColumns)
        }
    }

    public var worst: [(error: WorstError, picture: Picture)]
    /// Heat maps of true positives.
    public var sheet: [Picture]

    public init(worst: [(error: WorstError, picture: Picture)] = [], sheet: [Picture] = []) {
        self.worst = worst
        self.sheet = sheet
    }

    /// `count` of many, evenly spread: no choice of the pretty ones.
    public static func spread(_ all: [Int], count: Int) -> [Int] {
        guard all.count > count else { return all }
        return (0..<count).map { all[$0 * all.count / count] }
    }
}
