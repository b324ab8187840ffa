import Explanation
import Foundation
import ModelCard
import Tensors
import Testing

@Suite struct GradCAMTests {
    private static func run() throws -> (ModelCard, Run) {
        let package = try ModelPackage.builtIn()
        let model = try Model(onnx: package.onnx)
        let input = package.card.input
        let values = (0..<(input.width * input.height)).map { place -> Float in
            let (row, column) = (Float(place / input.width), Float(place % input.width))
            return sin(row / 9) * cos(column / 7)
        }
        return (package.card, try model.run(Tensor(shape: [1, 1, input.height, input.width], values: values)))
    }

    @Test func aWrongLayerNameIsAnsweredWithTheValidOnes() throws {
        let (card, run) = try Self.run()
        #expect {
            _ = try GradCAM.heatMap(of: run, logit: 0, layer: "nowhere", fullScale: 1)
        } throws: { error in
            "\(error)".contains(card.explanationLayer)
        }
    }

    @Test func theMapIsThePositivePartOfTheWeightedActivations() throws {
        let (card, run) = try Self.run()
        let map = try GradCAM.heatMap(
            of: run, logit: 0, layer: card.explanationLayer, fullScale: card.explanationFullScale)
        let activation = try run.activation(card.explanationLayer)
        let gradient = try run.gradient(ofLogit: 0, at: card.explanationLayer)
        let area = map.rows * map.columns
        for place in 0..<area {
            var sum = 0.0
            for channel in 0..<activation.shape[1] {
                let weights = gradient.values[channel * area..<(channel + 1) * area].map(Double.init)
                sum += weights.reduce(0, +) * Double(activation.values[channel * area + place])
            }
            let expected = min(max(sum / Double(card.explanationFullScale), 0), 1)
            #expect(abs(Double(map.values[place]) - expected) < 1e-4)
        }
    }
}
