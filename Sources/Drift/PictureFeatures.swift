import Radiography

extension FeatureSample {
    /// Notes what a picture looks like.
    ///
    /// One pass over every n-th row, so that a picture of 5 million pixels takes a few milliseconds.
    public mutating func measure(_ picture: Picture) {
        let facts = picture.facts
        set(.brightness, Double(facts.mean))
        set(.contrast, Double(facts.standardDeviation))
        set(.black, Double(facts.blackFraction))
        set(.white, Double(facts.whiteFraction))
        set(.rows, Double(picture.rows))
        set(.aspect, Double(picture.rows) / Double(picture.columns))
        guard let texture = PictureTexture(picture) else { return }
        set(.polarity, texture.polarity)
        if facts.standardDeviation > 0 { set(.sharpness, texture.edges / Double(facts.standardDeviation)) }
    }

    /// Notes what the detector delivered.
    public mutating func measure(_ signal: StoredSignal) {
        set(.signalMedian, Double(signal.median) + 1)
        set(.signalRange, Double(signal.high - signal.low) + 1)
    }
}

/// What takes a look at the pixels themselves.
struct PictureTexture {
    /// Mean of |v(x−1) − 2v(x) + v(x+1)| along rows.
    let edges: Double
    /// How much brighter the middle of the chest is than the lungs beside it, −1…1; negative where black and white are
    /// exchanged.
    let polarity: Double

    /// Rows that are looked at.
    private static let rows = 384

    /// `nil` for pictures of fewer than 16 rows or columns.
    init?(_ picture: Picture) {
        let (rows, columns) = (picture.rows, picture.columns)
        guard rows >= 16, columns >= 16 else { return nil }
        let step = max(1, rows / Self.rows)
        var edges: Float = 0
        var count = 0
        // Left lung, mediastinum, right lung: in the middle of the height, by columns.
        let bands = [
            (columns / 6, columns * 3 / 8), (columns * 7 / 16, columns * 9 / 16), (columns * 5 / 8, columns * 5 / 6),
        ]
        var sums = [Float](repeating: 0, count: bands.count)
        var sizes = [Int](repeating: 0, count: bands.count)
        unsafe picture.values.withUnsafeBufferPointer { values in
            for row in stride(from: 0, to: rows, by: step) {
                let start = row * columns
                var sum: Float = 0
                for x in (start + 1)..<(start + columns - 1) {
                    sum += abs(unsafe values[x - 1] - 2 * values[x] + values[x + 1])
                }
                edges += sum / Float(columns - 2)
                count += 1
                guard row >= rows / 4, row < rows * 5 / 8 else { continue }
                for (index, band) in bands.enumerated() {
                    var sum: Float = 0
                    for x in (start + band.0)..<(start + band.1) { unsafe sum += values[x] }
                    sums[index] += sum
                    sizes[index] += band.1 - band.0
                }
            }
        }
        self.edges = Double(edges) / Double(max(count, 1))
        let means = zip(sums, sizes).map { Double($0) / Double(max($1, 1)) }
        polarity = means[1] - (means[0] + means[2]) / 2
    }
}
