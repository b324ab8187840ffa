import Radiography
import Tensors

/// Grad-CAM on the run that inference kept: which places of a layer's activations raise a logit.
///
/// Weights are the mean gradient of each channel; the map is the positive part of the weighted sum. It is given in
/// logits: the value at a place, averaged over all places, is what the layer adds to the logit where the head is linear
/// behind a global average. There the weights are the head's own, and no reverse pass is needed.
/// Source: Selvaraju et al., Grad-CAM, ICCV 2017.
public enum GradCAM {
    /// How channels are weighted. Behind a global average and a linear head `gradCAM` and `hiRes` are the same.
    public enum Method: String, Sendable, CaseIterable {
        case gradCAM = "grad-cam"
        /// Weights that favour places with a high activation. Source: Chattopadhay et al., Grad-CAM++, WACV 2018, eq. 19.
        case plusPlus = "grad-cam++"
        /// Gradient times activation at each place. Source: Draelos and Carin, HiResCAM, 2020.
        case hiRes = "hires-cam"
    }

    /// - Parameters:
    ///   - logit: index of the output to explain.
    ///   - fullScale: evidence, in logits, that reads as 1; a property of the model, so that maps of different images can be
    ///     compared and a negative image does not glow.
    ///   - layer: one of the model's ``Tensors/Model/layerNames``; throws with the list if it is not.
    /// - Returns: a map of the layer's size, absolute scale 0…1; all zero if nothing spoke for the finding.
    public static func heatMap(
        of run: Run, logit: Int, layer: String, fullScale: Float, method: Method = .gradCAM
    ) throws -> HeatMap {
        let evidence = try evidence(in: run, logit: logit, layer: layer, method: method)
        return try HeatMap(
            rows: evidence.shape[0], columns: evidence.shape[1], values: evidence.values.map { $0 / fullScale })
    }

    /// The weighted sum itself, in logits, negative parts included; `[rows, columns]` of the layer.
    public static func evidence(
        in run: Run, logit: Int, layer: String, method: Method = .gradCAM
    ) throws(TensorError) -> Tensor {
        if method != .plusPlus, let weights = try run.linearWeights(ofLogit: logit, at: layer) {
            return try run.weightedSum(of: layer, weights: weights)
        }
        let gradient = try run.gradient(ofLogit: logit, at: layer)
        let area = gradient.shape[2] * gradient.shape[3]
        switch method {
        case .gradCAM:
            // The sum over places, not the mean: the mean times the number of places, so that the map is in logits.
            let weights = (0..<gradient.shape[1]).map { channel in
                gradient.values[channel * area..<(channel + 1) * area].reduce(0, +)
            }
            return try run.weightedSum(of: layer, weights: weights)
        case .plusPlus:
            return try run.weightedSum(
                of: layer, weights: plusPlusWeights(gradient, try run.activation(layer), area: area))
        case .hiRes:
            let activation = try run.activation(layer)
            var map = [Float](repeating: 0, count: area)
            for index in activation.values.indices {
                map[index % area] += activation.values[index] * gradient.values[index] * Float(area)
            }
            return Tensor(shape: [gradient.shape[2], gradient.shape[3]], values: map)
        }
    }

    /// Whether nothing in the picture spoke for the finding: such a map is said, not drawn.
    public static func saysNothing(_ map: HeatMap) -> Bool { map.values.allSatisfy { $0 <= 0 } }

    private static func plusPlusWeights(_ gradient: Tensor, _ activation: Tensor, area: Int) -> [Float] {
        (0..<gradient.shape[1]).map { channel in
            let plane = channel * area..<(channel + 1) * area
            let sum = activation.values[plane].reduce(0, +)
            return plane.reduce(0) { weight, index in
                let slope = gradient.values[index]
                let square = slope * slope
                let bottom = 2 * square + sum * square * slope
                guard slope > 0, bottom != 0 else { return weight }
                return weight + square / bottom * slope * Float(area)
            }
        }
    }
}
