// A network compiled for this machine: steps, packed weights, and the size of the arena. Immutable; may be shared.
import COpenBLAS
import CTensorKernels

@safe final class Plan: Sendable {
    /// A run of kernel steps, or one step of the reference operators.
    enum Segment: Sendable {
        case kernels(Range<Int>, perImage: Bool)
        case reference(node: Node, at: Int)
    }

    let settings: EngineSettings
    let segments: [Segment]
    let graph: Graph
    let arenaFloats: Int
    let scratchFloats: Int
    /// Name, kind and floating-point operations of each step of one image.
    let report: [(name: String, kind: String, operations: Int)]
    private let weights: AlignedFloats
    /// Unchecked: filled in `init` and never changed; points into `weights`.
    nonisolated(unsafe) let steps: [ctk_step]
    private let views: [Int: ctk_view]

    /// - Parameter kept: values that can be read after a run.
    init(_ graph: Graph, kept: Set<Int>, settings: EngineSettings) {
        self.graph = graph
        self.settings = settings
        let compiler = PlanCompiler(graph, kept: kept)
        let layout = PlanLayout(compiler)
        arenaFloats = layout.arenaFloats
        let costs = PlanCosts(settings)
        let chosen = layout.steps.map { costs.choose($0, graph) }

        var sizes = chosen.map { PlanWeights.size($0, graph, settings) }
        sizes.append(0)
        let memory = AlignedFloats(sizes.reduce(0, +))
        var at = 0
        let absent = ctk_view(offset: -1, height: 0, width: 0, channels: 0, pitch: 0)
        var steps = unsafe [ctk_step]()
        var scratch = 0
        var report: [(name: String, kind: String, operations: Int)] = []
        for (index, step) in chosen.enumerated() {
            var raw = unsafe ctk_step()
            unsafe raw.kind = Int32(step.kind)
            unsafe raw.activation = step.activation.map { $0.kernel.0 } ?? Int32(CTK_NONE)
            unsafe raw.p = step.activation.map { $0.kernel.1 } ?? 0
            unsafe raw.q = step.activation.map { $0.kernel.2 } ?? 0
            unsafe raw.readsRelu = step.readsRelu ? 1 : 0
            unsafe raw.readsMean = Int32(step.readsMean)
            unsafe raw.input = layout.view(step.input) ?? absent
            unsafe raw.output = layout.partViews[index].map { layout.view($0) } ?? layout.view(step.output) ?? absent
            unsafe raw.other = step.other.flatMap { layout.view($0) } ?? absent
            unsafe raw.gate = step.gate.flatMap { layout.view($0) } ?? absent
            unsafe raw.kernelHeight = Int32(step.window.kernel[0])
            unsafe raw.kernelWidth = Int32(step.window.kernel[1])
            unsafe raw.strideY = Int32(step.window.strides[0])
            unsafe raw.strideX = Int32(step.window.strides[1])
            unsafe raw.dilationY = Int32(step.window.dilations[0])
            unsafe raw.dilationX = Int32(step.window.dilations[1])
            unsafe raw.padTop = Int32(step.window.pads[0])
            unsafe raw.padLeft = Int32(step.window.pads[1])
            unsafe raw.padBottom = Int32(step.window.pads[2])
            unsafe raw.padRight = Int32(step.window.pads[3])
            unsafe raw.countsPadding = step.countsPadding ? 1 : 0
            unsafe raw.edge = Int32(step.edge)
            if step.kind == PlanStep.copy {
                // A part has the channels of its operand.
                unsafe raw.input.channels = raw.output.channels
            }
            unsafe PlanWeights.pack(step, graph, settings, into: memory.base + at, &raw)
            at += sizes[index]
            unsafe costs.divide(&raw)
            scratch = max(scratch, unsafe Int(ctk_step_scratch(&raw, Int32(settings.panel))))
            unsafe steps.append(raw)
            report.append((step.name, step.kindName, costs.operations(step, graph)))
        }
        unsafe self.steps = steps
        self.report = report
        weights = memory
        scratchFloats = (scratch + 63) / 64 * 64 + 64
        segments = Plan.segments(chosen, compiler)
        var views: [Int: ctk_view] = [:]
        for value in graph.values.indices { views[value] = layout.view(value) }
        self.views = views
    }

    /// The place of a value in the arena, if it is a picture or a row of scores.
    func view(_ value: Int) -> ctk_view? { views[value] }

    /// Bytes of the packed weights.
    var weightBytes: Int { weights.count * MemoryLayout<Float>.stride }

    private static func segments(_ steps: [PlanStep], _ compiler: PlanCompiler) -> [Segment] {
        var segments: [Segment] = []
        var begin = 0
        // Early layers are wide: one image's activations stay in cache. Late layers have large weights: a batch reads
        // them once.
        func isEarly(_ step: PlanStep) -> Bool {
            guard let extent = PlanLayout.extent(compiler.graph.shape(step.output)) else { return true }
            return extent.height * extent.width > PlanCosts.latePixels
        }
        func close(_ end: Int) {
            if begin < end { segments.append(.kernels(begin..<end, perImage: isEarly(steps[begin]))) }
            begin = end
        }
        for (index, step) in steps.enumerated() {
            if step.kind == PlanStep.reference, let node = compiler.references[step.output] {
                close(index)
                segments.append(.reference(node: node, at: index))
                begin = index + 1
            } else if begin < index, isEarly(step) != isEarly(steps[begin]) {
                close(index)
            }
        }
        close(steps.count)
        return segments
    }
}

/// Memory that begins at a page and is given back when nobody holds it.
///
/// Unchecked: whoever holds it agrees with the others who writes.
@safe final class AlignedFloats: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int) {
        self.count = count
        unsafe base = ctk_allocate(Int64(max(1, count)))
    }

    deinit { unsafe ctk_release(base, Int64(max(1, count))) }
}
