import Explanation
import Foundation
import ModelCard
import Radiography
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

    /// Behind a global average and one matrix the three definitions of the weights differ only where they must.
    @Test func everyMethodAgreesWithItsDefinition() throws {
        let (card, run) = try Self.run()
        let layer = card.explanationLayer
        let activation = try run.activation(layer)
        let gradient = try run.gradient(ofLogit: 0, at: layer)
        let area = activation.shape[2] * activation.shape[3]
        var (hiRes, plusPlus) = ([Double](repeating: 0, count: area), [Double](repeating: 0, count: area))
        for channel in 0..<activation.shape[1] {
            let plane = channel * area..<(channel + 1) * area
            let a = activation.values[plane].map(Double.init)
            let g = gradient.values[plane].map(Double.init)
            let sum = a.reduce(0, +)
            let weight = g.reduce(0.0) { weight, g in
                let bottom = 2 * g * g + sum * g * g * g
                return g > 0 && bottom != 0 ? weight + g * g / bottom * g : weight
            }
            for place in 0..<area {
                hiRes[place] += a[place] * g[place] * Double(area)
                plusPlus[place] += a[place] * weight * Double(area)
            }
        }
        let first = try GradCAM.evidence(in: run, logit: 0, layer: layer, method: .hiRes).values
        let second = try GradCAM.evidence(in: run, logit: 0, layer: layer, method: .plusPlus).values
        for place in 0..<area {
            #expect(abs(Double(first[place]) - hiRes[place]) < 1e-4)
            #expect(abs(Double(second[place]) - plusPlus[place]) < 1e-4 * max(1, abs(plusPlus[place])))
        }
    }

    @Test func aMapOfNothingIsKnownAsSuch() throws {
        #expect(GradCAM.saysNothing(try HeatMap(rows: 2, columns: 2, values: [0, -1, 0, 0])))
        #expect(!GradCAM.saysNothing(try HeatMap(rows: 2, columns: 2, values: [0, 0, 0.1, 0])))
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
