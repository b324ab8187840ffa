extension PixelPipeline {
    /// What a network takes: the picture with its 0.5 % and 99.5 % percentiles at 0 and 1 (clamped), squashed to
    /// `height` × `width` by averaging areas (the aspect ratio is not kept), then `(x − mean) / std`.
    ///
    /// Row-major `[height][width]`. A picture of one gray level gives zeros before normalisation.
    public static func networkInput(
        _ picture: Picture, width: Int, height: Int, mean: Float, std: Float
    ) -> [Float] {
        precondition(width > 0 && height > 0 && std > 0, "the model card's input is checked when it is read")
        let low = picture.facts.lowPercentile
        let high = picture.facts.highPercentile
        let scale = high > low ? 1 / (high - low) : 0
        let squashed = areaAverage(picture, width: width, height: height, low: low, scale: scale)
        return squashed.map { ($0 - mean) / std }
    }

    /// Averages areas: each output cell is the mean of the part of the picture that it covers, partly covered pixels
    /// by their part. Rows first, because that runs along memory; then columns, of which only `height` rows are left.
    static func areaAverage(_ picture: Picture, width: Int, height: Int, low: Float, scale: Float) -> [Float] {
        let vertical = AreaWeights(source: picture.rows, target: height)
        let horizontal = AreaWeights(source: picture.columns, target: width)
        var output = [Float]()
        output.reserveCapacity(width * height)
        var sums = [Float](repeating: 0, count: picture.columns)
        for y in 0..<height {
            for x in sums.indices { sums[x] = 0 }
            vertical.forEach(y) { row, weight in
                PixelKernels.accumulate(
                    picture.values, rowStart: row * picture.columns, into: &sums, low: low, scale: scale,
                    weight: weight)
            }
            for x in 0..<width {
                var sum: Float = 0
                horizontal.forEach(x) { column, weight in sum += weight * sums[column] }
                output.append(sum)
            }
        }
        return output
    }
}

/// Which source cells an output cell covers, and by how much; the weights of one output cell add up to 1.
struct AreaWeights {
    let source: Int
    let target: Int

    /// Calls `body` with each covered source index and its weight.
    func forEach(_ index: Int, _ body: (Int, Float) -> Void) {
        // In units of 1/target of a source cell everything is a whole number: no rounding can open a gap.
        let start = index * source
        let end = start + source
        var cell = start / target
        while cell * target < end {
            let covered = min((cell + 1) * target, end) - max(cell * target, start)
            body(cell, Float(covered) / Float(source))
            cell += 1
        }
    }
}
