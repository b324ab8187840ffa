// Batch normalisation (Ioffe and Szegedy 2015), by stored statistics or by those of the batch.
import CTensorKernels

/// y = (x - mean) / sqrt(variance + epsilon) * scale + shift, channel by channel.
func normalize(
    _ x: Tensor, scale: Tensor, shift: Tensor, mean: [Float], variance: [Float], epsilon: Float, parallel: Parallel
) -> Tensor {
    let channels = x.shape[1]
    let factor = (0..<channels).map { scale.values[$0] / (variance[$0] + epsilon).squareRoot() }
    let offset = (0..<channels).map { shift.values[$0] - mean[$0] * factor[$0] }
    let plane = Int64(x.shape.dropFirst(2).reduce(1, *))
    return unsafe makeTensor(x.shape) { y in
        unsafe x.withPointer { x_ in
            parallel.forRanges(channels, pieces: parallel.threads) { range in
                unsafe ctk_channel_affine(
                    x_, factor, offset, y, Int32(x.shape[0]), Int32(channels), plane, Int32(range.lowerBound),
                    Int32(range.upperBound))
            }
        }
    }
}

/// Mean and biased variance of each channel over the batch.
func batchStatistics(_ x: Tensor, parallel: Parallel) -> BatchStatistics {
    let channels = x.shape[1]
    let plane = Int64(x.shape.dropFirst(2).reduce(1, *))
    let both = unsafe makeTensor([2, channels]) { out in
        unsafe x.withPointer { x_ in
            parallel.forRanges(channels, pieces: parallel.threads) { range in
                unsafe ctk_channel_statistics(
                    x_, out, out + channels, Int32(x.shape[0]), Int32(channels), plane, Int32(range.lowerBound),
                    Int32(range.upperBound))
            }
        }
    }
    return BatchStatistics(
        mean: Array(both.values[..<channels]), variance: Array(both.values[channels...]))
}

/// Gradients of a normalisation: of x, scale and shift.
///
/// With `statistics` (training) mean and variance themselves depend on x; with the stored ones they are constants.
func normalizationGradients(
    _ x: Tensor, _ dy: Tensor, scale: Tensor, mean: [Float], variance: [Float], epsilon: Float,
    statisticsDependOnX: Bool, parallel: Parallel
) -> (x: Tensor, scale: Tensor, shift: Tensor) {
    let channels = x.shape[1]
    let images = Int32(x.shape[0])
    let plane = Int64(x.shape.dropFirst(2).reduce(1, *))
    let sums = unsafe makeTensor([2, channels]) { out in
        unsafe withPointers(x, dy) { x_, dy_ in
            parallel.forRanges(channels, pieces: parallel.threads) { range in
                unsafe ctk_channel_gradient_sums(
                    x_, dy_, mean, out, out + channels, images, Int32(channels), plane, Int32(range.lowerBound),
                    Int32(range.upperBound))
            }
        }
    }
    let sumG = Array(sums.values[..<channels])
    let sumGX = Array(sums.values[channels...])
    let inverse = variance.map { 1 / ($0 + epsilon).squareRoot() }
    let count = Float(x.shape[0]) * Float(plane)
    let a = (0..<channels).map { scale.values[$0] * inverse[$0] }
    // dx = a * (dy - mean(dy) - (x - mean) / (variance + epsilon) * mean(dy * (x - mean)))
    let b = (0..<channels).map { statisticsDependOnX ? -a[$0] * inverse[$0] * inverse[$0] * sumGX[$0] / count : 0 }
    let c = (0..<channels).map { statisticsDependOnX ? -a[$0] * sumG[$0] / count : 0 }
    let dx = unsafe makeTensor(x.shape) { dx in
        unsafe withPointers(x, dy) { x_, dy_ in
            parallel.forRanges(channels, pieces: parallel.threads) { range in
                unsafe ctk_channel_gradient_input(
                    x_, dy_, mean, a, b, c, dx, images, Int32(channels), plane, Int32(range.lowerBound),
                    Int32(range.upperBound))
            }
        }
    }
    return (
        dx, Tensor(shape: [channels], values: zip(sumGX, inverse).map { $0 * $1 }),
        Tensor(shape: [channels], values: sumG)
    )
}
