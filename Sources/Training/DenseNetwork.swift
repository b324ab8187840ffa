import Tensors

/// The densely connected family (Huang et al. 2016, DenseNet-BC): each layer adds `growth` channels to all before it;
/// between stages half of the channels are kept and the plane is shrunk.
extension TrainableNetwork {
    mutating func denseStages(_ configuration: TrainingConfiguration) throws(TensorError) -> Int {
        var x = try unit(graph.input, configuration.widths[0], kernel: 5, stride: 2, "stem", activates: true)
        for (stage, layers) in configuration.blocks.enumerated() {
            let name = "stage\(stage + 1)"
            if stage > 0 {
                let active = try normalization(x, "\(name).transition", activates: true)
                x = try convolution(active, max(1, graph.shape(x)[1] / 2), kernel: 1, "\(name).transition")
            }
            if configuration.strides[stage] == 2, graph.shape(x)[2] > 1 {
                let window = Window(kernel: [2, 2], strides: [2, 2])
                x = try graph.add(.averagePool(window, countsPadding: false), [x], name: "\(name).pool")
            }
            for layer in 0..<layers {
                let added = try denseLayer(x, configuration, "\(name).layer\(layer + 1)")
                x = try graph.add(.concat(axis: 1), [x, added], name: "\(name).layer\(layer + 1).join")
            }
            if configuration.squeeze > 0 { x = try excited(x, ratio: configuration.squeeze, name) }
        }
        return try normalization(x, "last", activates: true)
    }

    /// Through a narrow layer of four times the growth, so that its work does not grow with all that came before.
    private mutating func denseLayer(
        _ x: Int, _ configuration: TrainingConfiguration, _ name: String
    ) throws(TensorError) -> Int {
        let first = try normalization(x, "\(name).first", activates: true)
        let narrow = try convolution(first, 4 * configuration.growth, kernel: 1, "\(name).first")
        let second = try normalization(narrow, "\(name).second", activates: true)
        return try convolution(second, configuration.growth, kernel: 3, "\(name).second")
    }
}
