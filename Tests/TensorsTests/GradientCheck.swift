import Testing

@testable import Tensors

/// The reverse pass of a training graph against central differences of a forward pass in doubles.
struct GradientCheck {
    private let graph: Graph
    private let picture: Tensor
    /// What the output's elements count.
    private let seed: Tensor

    init(_ graph: Graph, _ picture: Tensor, _ seed: Tensor) {
        self.graph = graph
        self.picture = picture
        self.seed = seed
    }

    /// Compares every fifth element of each target's gradient.
    func run(_ targets: [Int], from output: Int) throws {
        let tape = try graph.forward(picture, mode: .training, parallel: Parallel(threads: 2))
        let gradients = graph.backward(tape, from: output, seed: seed, to: Set(targets), mode: .training)
        let step = 1e-5
        for target in targets {
            let gradient = try #require(gradients[target])
            let exact = Exact(target == graph.input ? picture : try #require(graph.constants[target]))
            let largest = gradient.values.map { abs(Double($0)) }.max() ?? 1
            for index in stride(from: 0, to: exact.values.count, by: 5) {
                var (above, below) = (exact, exact)
                above.values[index] += step
                below.values[index] -= step
                let slope = (objective([target: above], output) - objective([target: below], output)) / (2 * step)
                #expect(abs(Double(gradient.values[index]) - slope) <= 2e-4 * max(1, largest), "value \(target)")
            }
        }
    }

    /// The sum of seed times output, with some values changed.
    private func objective(_ changed: [Int: Exact], _ output: Int) -> Double {
        var values: [Int: Exact] = graph.constants.mapValues { Exact($0) }
        values[graph.input] = Exact(picture)
        values.merge(changed) { $1 }
        for node in graph.nodes {
            var operands = node.inputs.compactMap { values[$0] }
            if case .batchNormalization = node.operation {
                let x = operands[0]
                let count = Double(x.shape[0] * x.shape[2] * x.shape[3])
                let at = Exact.indices(x.shape)
                let means = (0..<x.shape[1]).map { c in
                    at.filter { $0[1] == c }.reduce(0) { $0 + x[$1] } / count
                }
                let variances = (0..<x.shape[1]).map { c in
                    at.filter { $0[1] == c }.reduce(0) { $0 + (x[$1] - means[c]) * (x[$1] - means[c]) } / count
                }
                operands[3] = Exact([x.shape[1]], means)
                operands[4] = Exact([x.shape[1]], variances)
            }
            values[node.output] = Naive.compute(node.operation, operands, graph.shape(node.output))
        }
        return zip(values[output]?.values ?? [], seed.values).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
}
