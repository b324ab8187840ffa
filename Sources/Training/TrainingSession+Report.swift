import Tensors

extension TrainingSession {
    /// Calibrates and exports the best weights, and measures the exported file on the held-out pictures.
    func report(_ held: [[Float]]) throws -> TrainingReport {
        let labels = split.validation.map { store.pictures[$0].label }
        // Calibrated on the raw logits, measured on the file that ships.
        let raw = try scores(try Model(exportGraph(.identity)), held, split.validation)
        let onnx = try exportGraph(HeadCalibration(raw, labels, outputs: configuration.outputs))
            .onnx(producer: "cxrgate")
        let model = try Model(onnx: onnx)
        let scores = try scores(model, held, split.validation)
        let thresholds = (0..<configuration.outputs).map { output in
            Thresholds(
                scores.map { $0.probabilities[output] }, labels.map { configuration.isPresent(output, $0) },
                sensitivity: configuration.sensitivity, lowerSensitivity: configuration.lowerSensitivity)
        }
        return TrainingReport(
            configuration: configuration, history: state.history, bestEpoch: state.bestEpoch,
            trainingImages: split.training.count,
            trainingPatients: Set(split.training.map { store.pictures[$0].patientGroup }).count,
            parameterCount: learner.network.parameterCount,
            thresholds: thresholds.map { TrainingReport.Threshold(upper: $0.upper, lower: $0.lower) },
            validation: TrainingReport.Figures(
                scores, thresholds: thresholds.map(\.upper), lowerThresholds: thresholds.map(\.lower),
                patients: Set(split.validation.map { store.pictures[$0].patientGroup }).count,
                configuration: configuration),
            scores: scores, explanationLayer: model.defaultExplanationLayer,
            explanationFullScale: try explanationFullScale(model, held, labels), onnx: onnx)
    }

    /// Scores prepared pictures one at a time, as the daemon does.
    func scores(_ model: Model, _ inputs: [[Float]], _ indices: [Int]) throws(TensorError) -> [TrainingReport.Score] {
        var scores: [TrainingReport.Score] = []
        for (input, index) in zip(inputs, indices) {
            let run = try model.run(Tensor(shape: model.inputShape, values: input))
            scores.append(
                .init(
                    row: store.pictures[index].row, label: store.pictures[index].label, logits: run.logits,
                    probabilities: run.probabilities))
        }
        return scores
    }

    /// The graph for one picture: the best weights, normalisation and calibration folded in.
    private func exportGraph(_ calibration: HeadCalibration) throws(TensorError) -> Graph {
        var single = try TrainableNetwork(configuration, batch: 1, purpose: .shipping)
        single.take(best)
        if var head = single.graph.constants[single.head.weights], var bias = single.graph.constants[single.head.bias] {
            for index in head.values.indices { head.values[index] *= Float(calibration.scale) }
            for index in bias.values.indices {
                bias.values[index] = bias.values[index] * Float(calibration.scale) + Float(calibration.offset)
            }
            single.graph.constants[single.head.weights] = head
            single.graph.constants[single.head.bias] = bias
        }
        return single.graph.foldingNormalization()
    }

    /// Grad-CAM evidence, in logits, that a heat map is to show at full scale: what the strongest place of three in four
    /// held-out positives does not exceed, rounded to whole logits. Of several classes each picture explains its own.
    private func explanationFullScale(
        _ model: Model, _ held: [[Float]], _ labels: [Int]
    ) throws(TensorError) -> Float {
        guard !model.defaultExplanationLayer.isEmpty else { return 1 }
        var strongest: [Float] = []
        for index in labels.indices where (configuration.outputs > 1 || labels[index] == 1) && strongest.count < 100 {
            let run = try model.run(Tensor(shape: model.inputShape, values: held[index]))
            let activation = try run.activation(model.defaultExplanationLayer)
            let gradient = try run.gradient(
                ofLogit: configuration.outputs > 1 ? labels[index] : 0, at: model.defaultExplanationLayer)
            let area = activation.shape[2] * activation.shape[3]
            var map = [Float](repeating: 0, count: area)
            for channel in 0..<activation.shape[1] {
                let range = channel * area..<(channel + 1) * area
                let weight = gradient.values[range].reduce(0, +)
                for (place, value) in activation.values[range].enumerated() { map[place] += weight * value }
            }
            strongest.append(map.max() ?? 0)
        }
        let sorted = strongest.sorted()
        return sorted.isEmpty ? 1 : max(1, sorted[sorted.count * 3 / 4].rounded())
    }
}

extension TrainingConfiguration {
    /// Whether a picture of a class has what an output speaks of.
    func isPresent(_ output: Int, _ label: Int) -> Bool { classes.isEmpty ? label == 1 : label == output }
}
