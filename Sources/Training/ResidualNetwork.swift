import Tensors

/// The residual family (He et al. 2015): a stem of stride 2 and stages of blocks of two convolutions beside a short cut.
extension TrainableNetwork {
    mutating func residualStages(_ configuration: TrainingConfiguration) throws(TensorError) -> Int {
        let widths = configuration.widths
        var x = try unit(graph.input, widths[0], kernel: 5, stride: 2, "stem", activates: true)
        for (stage, width) in widths.enumerated() {
            for block in 0..<configuration.blocks[stage] {
                x = try residual(
                    x, width, stride: block == 0 ? configuration.strides[stage] : 1, squeeze: configuration.squeeze,
                    "stage\(stage + 1).block\(block + 1)")
            }
        }
        return x
    }

    /// Two convolutions beside a short cut, which is a convolution of 1 x 1 where the shape changes.
    private mutating func residual(
        _ x: Int, _ width: Int, stride: Int, squeeze: Int, _ name: String
    ) throws(TensorError) -> Int {
        let first = try unit(x, width, kernel: 3, stride: stride, "\(name).conv1", activates: true)
        var second = try unit(first, width, kernel: 3, stride: 1, "\(name).conv2", activates: false)
        if squeeze > 0 { second = try excited(second, ratio: squeeze, name) }
        let isSame = stride == 1 && graph.shape(x)[1] == width
        let beside = isSame ? x : try unit(x, width, kernel: 1, stride: stride, "\(name).short", activates: false)
        let sum = try graph.add(.binary(.add), [second, beside], name: "\(name).sum")
        return try graph.add(.activation(.relu), [sum], name: "\(name).relu")
    }

    /// Convolution, normalisation and, where wanted, a rectifier.
    mutating func unit(
        _ x: Int, _ width: Int, kernel: Int, stride: Int, _ name: String, activates: Bool
    ) throws(TensorError) -> Int {
        try normalization(
            try convolution(x, width, kernel: kernel, stride: stride, name), name, activates: activates)
    }
}
