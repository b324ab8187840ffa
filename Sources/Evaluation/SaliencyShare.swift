extension ThoraxMask {
    /// What of a heat map's positive evidence lies inside.
    public struct Share: Sendable, Hashable {
        /// Positive evidence inside and everywhere, in the unit of the map.
        public let inside: Double
        public let total: Double
        /// The part of the picture that the mask covers.
        public let maskShare: Double
        public let isFound: Bool
    }

    /// Measures a map `[rows][columns]` that lies over the whole picture. Between the centres of its cells evidence runs
    /// in straight lines, as it is drawn; negative evidence does not count.
    public func share(of evidence: [Float], rows: Int, columns: Int) -> Share {
        precondition(rows > 0 && columns > 0 && evidence.count == rows * columns, "a map of rows and columns")
        func place(_ cell: Int, _ cells: Int) -> (Int, Int, Double) {
            let position = (Double(cell) + 0.5) * Double(cells) / Double(side) - 0.5
            let first = Int(position.rounded(.down))
            return (max(first, 0), min(first + 1, cells - 1), position - Double(first))
        }
        var (inside, total) = (0.0, 0.0)
        for row in 0..<side {
            let (above, below, down) = place(row, rows)
            for column in 0..<side {
                let (left, right, along) = place(column, columns)
                func at(_ row: Int, _ column: Int) -> Double { Double(max(0, evidence[row * columns + column])) }
                let upper = at(above, left) + (at(above, right) - at(above, left)) * along
                let lower = at(below, left) + (at(below, right) - at(below, left)) * along
                let value = upper + (lower - upper) * down
                total += value
                if isInside[row * side + column] { inside += value }
            }
        }
        return Share(
            inside: inside, total: total, maskShare: Double(isInside.count { $0 }) / Double(isInside.count),
            isFound: isFound)
    }
}

extension SaliencyFigures {
    /// Sums up the true positives.
    public init(_ shares: [ThoraxMask.Share]) {
        let speaking = shares.filter { $0.total > 0 }
        cases = shares.count
        silent = shares.count - speaking.count
        unmasked = shares.count { !$0.isFound }
        let count = Double(speaking.count)
        meanShare = speaking.isEmpty ? nil : speaking.reduce(0) { $0 + $1.inside / $1.total } / count
        pooledShare =
            speaking.isEmpty ? nil : speaking.reduce(0) { $0 + $1.inside } / speaking.reduce(0) { $0 + $1.total }
        meanMaskShare = shares.isEmpty ? nil : shares.reduce(0) { $0 + $1.maskShare } / Double(shares.count)
    }
}
