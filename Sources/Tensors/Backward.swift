// The reverse pass: vector-Jacobian products from one value back to others.
import CTensorKernels

extension Graph {
    /// The gradients of sum(seed * value) with respect to the `targets`, which may be activations or constants.
    ///
    /// `mode` must be that of the forward pass which made the tape. Targets on which the value does not depend are
    /// left out. `part` are the nodes between them, where they are known.
    package func backward(
        _ tape: Tape, from value: Int, seed: Tensor, to targets: Set<Int>, mode: Mode = .inference,
        within part: [Node]? = nil, parallel: Parallel = Parallel()
    ) -> [Int: Tensor] {
        let nodes = part ?? self.nodes
        precondition(seed.shape == shape(value), "a seed must have the shape of its value")
        var depends = [Bool](repeating: false, count: values.count)
        for target in targets { depends[target] = true }
        for node in nodes where node.inputs.contains(where: { depends[$0] }) { depends[node.output] = true }

        var gradients: [Int: Tensor] = [value: seed]
        var results: [Int: Tensor] = [:]
        for node in nodes.reversed() {
            guard var dy = gradients.removeValue(forKey: node.output) else { continue }
            if targets.contains(node.output) { results[node.output] = dy }
            guard node.inputs.contains(where: { depends[$0] }) else { continue }
            if let activation = node.activation {
                // The fused kinds tell their slope from the result alone, which stands in for x.
                let y = self.value(of: node.output, on: tape)
                dy = activationGradient(activation, y, y, dy, parallel: parallel)
            }
            let wanted = node.inputs.map { depends[$0] }
            let parts = gradient(of: node, dy, wanted, on: tape, mode: mode, parallel: parallel)
            for (input, part) in zip(node.inputs, parts) {
                guard let part else { continue }
                accumulate(part, into: &gradients[input])
            }
        }
        for target in targets {
            if let gradient = gradients[target] { results[target] = gradient }
        }
        return results
    }

    /// Adds to a gradient that may not be there yet.
    private func accumulate(_ part: Tensor, into gradient: inout Tensor?) {
        guard var sum = gradient.take() else {
            gradient = part
            return
        }
        let count = Int64(sum.values.count)
        unsafe sum.withMutablePointer { sum in
            unsafe part.withPointer { unsafe ctk_add_scaled(sum, $0, 1, count) }
        }
        gradient = sum
    }

    /// The gradients of one node's operands, where wanted.
    private func gradient(
        of node: Node, _ dy: Tensor, _ wanted: [Bool], on tape: Tape, mode: Mode, parallel: Parallel
    ) -> [Tensor?] {
        let operands = node.inputs.map { self.value(of: $0, on: tape) }
        let x = operands[0]
        switch node.operation {
        case .convolution(let window, let groups):
            let convolution = Convolution(window, groups: groups, input: x.shape, output: dy.shape)
            let hasBias = operands.count == 3
            let wantsParameters = wanted.dropFirst().contains(true)
            let (weights, bias) =
                wantsParameters
                ? convolution.parameterGradients(x, dy, hasBias: hasBias, parallel: parallel) : (nil, nil)
            let dx = wanted[0] ? convolution.inputGradient(dy, weights: operands[1], parallel: parallel) : nil
            return hasBias ? [dx, weights, bias] : [dx, weights]

        case .batchNormalization(let epsilon):
            let statistics = mode == .training ? tape.statistics[node.output] : nil
            let parts = normalizationGradients(
                x, dy, scale: operands[1], mean: statistics?.mean ?? operands[3].values,
                variance: statistics?.variance ?? operands[4].values, epsilon: epsilon,
                statisticsDependOnX: statistics != nil, parallel: parallel)
            return [parts.x, parts.scale, parts.shift, nil, nil]

        case .activation(let activation):
            let y = self.value(of: node.output, on: tape)
            return [activationGradient(activation, x, y, dy, parallel: parallel)]

        case .softmax(let axis, let spansTrailingAxes):
            let y = self.value(of: node.output, on: tape)
            let lanes = Lanes(dy.shape, axis: axis, spansTrailingAxes: spansTrailingAxes)
            return [
                unsafe makeTensor(dy.shape) { dx in
                    unsafe withPointers(y, dy) {
                        unsafe ctk_softmax_gradient($0, $1, dx, lanes.outer, lanes.length, lanes.step)
                    }
                }
            ]

        case .binary(let function):
            return binaryGradients(function, x, operands[1], dy, wanted, parallel: parallel)

        case .matMul:
            return matrixGradients(x, operands[1], dy, wanted)

        case .gemm(let alpha, let beta, let transposesA, let transposesB):
            return gemmGradients(
                operands, dy, wanted, alpha: alpha, beta: beta, transposesA: transposesA, transposesB: transposesB)

        case .maxPool(let window):
            return [
                unsafe poolGradient(x, dy, window, parallel: parallel) { unsafe ctk_max_pool_gradient($0, $1, $2, &$3) }
            ]

        case .averagePool(let window, let countsPadding):
            return [
                unsafe poolGradient(x, dy, window, parallel: parallel) {
                    unsafe ctk_average_pool_gradient($1, $2, &$3, countsPadding ? 1 : 0)
                }
            ]

        case .reduceMean(let axes, _):
            let kept = x.shape.indices.map { axes.contains($0) ? 1 : x.shape[$0] }
            var dx = gather(dy, shape: x.shape, steps: broadcastSteps(kept, to: x.shape))
            let share = Float(dy.values.count) / Float(x.values.count)
            let count = Int64(x.values.count)
            unsafe dx.withMutablePointer { unsafe ctk_scale($0, share, count) }
            return [dx]

        case .concat(let axis):
            var begin = 0
            return operands.map { operand in
                defer { begin += operand.shape[axis] }
                return slice(dy, axis: axis, at: begin, shape: operand.shape)
            }

        case .reshape:
            return [dy.reshaped(x.shape)]

        case .transpose(let order):
            let steps = denseSteps(dy.shape)
            let inverse = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
            return [gather(dy, shape: x.shape, steps: inverse.map { steps[$0] })]

        case .pad(let before, _, _):
            let steps = denseSteps(dy.shape)
            let offset = zip(before, steps).map { $0 * $1 }.reduce(0, +)
            return [gather(dy, shape: x.shape, steps: steps, offset: offset)]

        case .slice(let begin, let strides, _):
            let steps = denseSteps(x.shape)
            let offset = zip(begin, steps).map { $0 * $1 }.reduce(0, +)
            return [
                unsafe makeZeroTensor(x.shape) { dx in
                    var box = ctk_box(shape: dy.shape, stepsA: zip(steps, strides).map { $0 * $1 })
                    unsafe dy.withPointer { unsafe ctk_scatter($0, dx + offset, &box) }
                }
            ]
        }
    }
}
