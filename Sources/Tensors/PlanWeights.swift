// Weights as the kernels want them: one block for the whole network.
import CTensorKernels

enum PlanWeights {
    private static func extents(_ step: PlanStep, _ graph: Graph) -> (inputs: Int, outputs: Int) {
        let outputs = PlanLayout.extent(graph.shape(step.output))?.channels ?? 0
        let inputs = PlanLayout.extent(graph.shape(step.input))?.channels ?? 0
        return (inputs, outputs)
    }

    private static func kernelFloats(_ step: PlanStep, _ graph: Graph, _ settings: EngineSettings) -> Int {
        let (inputs, outputs) = extents(step, graph)
        let taps = step.window.kernel[0] * step.window.kernel[1]
        switch step.kind {
        case PlanStep.convolution:
            return Int(ctk_packed_panels_size(Int32(outputs), Int64(inputs * taps), Int32(settings.panel)))
        case PlanStep.winograd:
            return (step.edge + 2) * (step.edge + 2) * PlanLayout.filled(outputs) * inputs
        case PlanStep.depthwise: return taps * PlanLayout.filled(outputs)
        default: return 0
        }
    }

    /// Floats that a step needs, in whole cache lines.
    static func size(_ step: PlanStep, _ graph: Graph, _ settings: EngineSettings) -> Int {
        let (inputs, outputs) = extents(step, graph)
        let kernel = (kernelFloats(step, graph, settings) + 15) / 16 * 16
        let bias = step.weights == nil ? 0 : PlanLayout.filled(outputs)
        return kernel + bias + (step.scale == nil ? 0 : 2 * PlanLayout.filled(inputs))
    }

    /// Packs a step's weights at `base`, which is zero, and points the step to them.
    static func pack(
        _ step: PlanStep, _ graph: Graph, _ settings: EngineSettings, into base: UnsafeMutablePointer<Float>,
        _ raw: inout ctk_step
    ) {
        let (inputs, outputs) = extents(step, graph)
        var at = unsafe base
        func copy(_ values: [Float], _ count: Int) -> UnsafePointer<Float> {
            for (index, value) in values.enumerated() { unsafe at[index] = value }
            let start = unsafe at
            unsafe at += PlanLayout.filled(count)
            return unsafe UnsafePointer(start)
        }
        if let scale = step.scale, let shift = step.shift {
            unsafe raw.scale = copy(scale, inputs)
            unsafe raw.shift = copy(shift, inputs)
        }
        guard let weights = step.weights else { return }
        unsafe raw.bias = copy(step.bias?.values ?? [], outputs)
        unsafe raw.weights = UnsafePointer(at)
        let taps = step.window.kernel[0] * step.window.kernel[1]
        unsafe weights.withPointer { from in
            switch step.kind {
            case PlanStep.convolution:
                unsafe ctk_pack_panels(
                    from, Int32(outputs), Int32(inputs), Int32(taps), Int32(settings.panel), at)
            case PlanStep.winograd:
                unsafe ctk_pack_winograd(
                    from, Int32(outputs), Int32(inputs), Int32(step.edge), Int32(settings.panel), at)
            default:
                for output in 0..<outputs {
                    for tap in 0..<taps {
                        unsafe at[tap * PlanLayout.filled(outputs) + output] = from[output * taps + tap]
                    }
                }
            }
        }
    }
}
