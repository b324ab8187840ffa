import Radiography
import Tensors

/// Grad-CAM on the run that inference kept: which places of a layer's activations raise a logit.
///
/// Weights are the mean gradient of each channel; the map is the positive part of the weighted sum. It is given in
/// logits: the value at a place, averaged over all places, is what the layer adds to the logit where the head is linear
/// behind a global average.
/// Source: Selvaraju et al., Grad-CAM, ICCV 2017.
public enum GradCAM {
    /// - Parameters:
    ///   - logit: index of the output to explain.
    ///   - fullScale: evidence, in logits, that reads as 1; a property of the model, so that maps of different images can be
    ///     compared and a negative image does not glow.
    ///   - layer: one of the model's ``Tensors/Model/layerNames``; throws with the list if it is not.
    /// - Returns: a map of the layer's size, absolute scale 0…1; all zero if nothing spoke for the finding.
    public static func heatMap(of run: Run, logit: Int, layer: String, fullScale: Float) throws -> HeatMap {
        let evidence = try evidence(in: run, logit: logit, layer: layer)
        return try HeatMap(
            rows: evidence.shape[0], columns: evidence.shape[1], values: evidence.values.map { $0 / fullScale })
    }

    /// The weighted sum itself, in logits, negative parts included; `[rows, columns]` of the layer.
    public static func evidence(in run: Run, logit: Int, layer: String) throws(TensorError) -> Tensor {
        let activation = try run.activation(layer)
        let gradient = try run.gradient(ofLogit: logit, at: layer)
        let channels = activation.shape[1]
        let rows = activation.shape[2]
        let columns = activation.shape[3]
        let area = rows * columns
        var map = [Float](repeating: 0, count: area)
        for channel in 0..<channels {
            let plane = channel * area..<(channel + 1) * area
            // The sum over places, not the mean: the mean times the number of places, so that the map is in logits.
            let weight = gradient.values[plane].reduce(0, +)
            if weight == 0 { continue }
            for (place, value) in activation.values[plane].enumerated() { map[place] += weight * value }
        }
        return Tensor(shape: [rows, columns], values: map)
    }
}
