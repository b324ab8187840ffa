/// What one forward pass leaves behind: every value, and what training needs beside them. Never persisted.
package struct Tape: Sendable {
    /// Values by index; constants are left out where the graph holds them.
    package var values: [Tensor?]
    /// Mean and variance of the batch, by the output of each normalisation that used them.
    package var statistics: [Int: BatchStatistics] = [:]
}

/// Mean and biased variance of each channel over a batch, `[C]`.
package struct BatchStatistics: Sendable {
    package let mean: [Float]
    package let variance: [Float]
}

/// How a normalisation behaves.
package enum Mode: Sendable {
    /// By the stored statistics.
    case inference
    /// By those of the batch.
    case training
}
