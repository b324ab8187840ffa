// Where each value of a plan lies: concatenations in place, then one arena in which what is never needed at the same time
// shares its memory.
import CTensorKernels

struct PlanLayout {
    private struct Buffer {
        var floats: Int
        /// Floats from pixel to pixel.
        var pitch: Int
        var first = Int.max
        var last = -1
        var offset = 0
    }

    /// The steps, with copies for concatenations that could not be had in place.
    private(set) var steps: [PlanStep] = []
    /// The output's place where it is not that of the step's value: a part of a concatenation.
    private(set) var partViews: [Int: PlanView] = [:]
    /// Floats of one image's activations.
    private(set) var arenaFloats = 0
    private var views: [Int: PlanView] = [:]
    private var buffers: [Buffer] = []
    private let compiler: PlanCompiler

    init(_ compiler: PlanCompiler) {
        self.compiler = compiler
        var copies: [Int: [PlanStep]] = [:]
        var parts: [Int: [PlanView]] = [:]
        let producers = Set(compiler.steps.map(\.output))
        for node in compiler.concats.reversed() {
            placeConcat(node, producers, &copies, &parts)
        }
        for step in compiler.steps {
            if step.kind == PlanStep.copy {
                for (copy, part) in zip(copies[step.output] ?? [], parts[step.output] ?? []) {
                    partViews[steps.count] = part
                    steps.append(copy)
                }
            } else {
                steps.append(step)
            }
        }
        for step in steps {
            for value in step.reads + [step.output] { place(value) }
        }
        for value in compiler.kept { place(value) }
        liveness()
        giveMemory()
    }

    /// The view of a value as the kernels take it; `nil` for values that are not pictures.
    func view(_ value: Int) -> ctk_view? {
        views[compiler.root(value)].map(view)
    }

    func view(_ view: PlanView) -> ctk_view {
        ctk_view(
            offset: Int64(buffers[view.buffer].offset + view.channel), height: Int32(view.height),
            width: Int32(view.width), channels: Int32(view.channels), pitch: Int32(buffers[view.buffer].pitch))
    }

    // MARK: Places

    static func extent(_ shape: [Int]) -> (channels: Int, height: Int, width: Int)? {
        switch shape.count {
        case 4 where shape[0] == 1: (shape[1], shape[2], shape[3])
        case 2 where shape[0] == 1: (shape[1], 1, 1)
        default: nil
        }
    }

    static func filled(_ channels: Int) -> Int {
        let step = Int(CTK_CHANNEL_STEP)
        return (channels + step - 1) / step * step
    }

    private mutating func newBuffer(_ extent: (channels: Int, height: Int, width: Int), isInput: Bool = false)
        -> PlanView
    {
        // The picture's pixels stay as they are: a first convolution then copies whole rows of its window.
        let pitch = isInput ? extent.channels : PlanLayout.filled(extent.channels)
        buffers.append(Buffer(floats: extent.height * extent.width * pitch, pitch: pitch))
        return PlanView(
            buffer: buffers.count - 1, channel: 0, height: extent.height, width: extent.width,
            channels: extent.channels)
    }

    private mutating func place(_ value: Int) {
        let root = compiler.root(value)
        guard views[root] == nil, compiler.graph.constants[root] == nil,
            let extent = PlanLayout.extent(compiler.graph.shape(root))
        else { return }
        views[root] = newBuffer(extent, isInput: root == compiler.graph.input)
    }

    private mutating func placeConcat(
        _ node: Node, _ producers: Set<Int>, _ copies: inout [Int: [PlanStep]], _ parts: inout [Int: [PlanView]]
    ) {
        let graph = compiler.graph
        guard let extent = PlanLayout.extent(graph.shape(node.output)) else { return }
        if views[node.output] == nil, let first = views[compiler.root(node.inputs[0])] {
            // The operands may already lie side by side: the shorter lists of a dense block.
            var channel = first.channel
            let isRun = node.inputs.allSatisfy { operand in
                guard let view = views[compiler.root(operand)], view.buffer == first.buffer, view.channel == channel
                else { return false }
                channel += view.channels
                return true
            }
            if isRun {
                var view = first
                view.channels = extent.channels
                views[node.output] = view
                return
            }
        }
        let whole = views[node.output] ?? newBuffer(extent)
        views[node.output] = whole
        var channel = whole.channel
        for operand in node.inputs {
            let root = compiler.root(operand)
            let channels = graph.shape(operand)[1]
            var part = whole
            part.channel = channel
            part.channels = channels
            let step = Int(CTK_CHANNEL_STEP)
            if views[root] == nil, root == operand, producers.contains(root), root != graph.input, channels % step == 0,
                channel % step == 0
            {
                views[root] = part
            } else if views[root] != part {
                var copy = PlanStep(PlanStep.copy, name: node.name, input: operand, output: node.output)
                copy.weights = nil
                copies[node.output, default: []].append(copy)
                parts[node.output, default: []].append(part)
            }
            channel += channels
        }
    }

    // MARK: Memory

    private mutating func liveness() {
        for (index, step) in steps.enumerated() {
            for value in step.reads + [step.output] + (compiler.references[step.output]?.inputs ?? []) {
                guard let view = views[compiler.root(value)] else { continue }
                buffers[view.buffer].first = min(buffers[view.buffer].first, index)
                buffers[view.buffer].last = max(buffers[view.buffer].last, index)
            }
        }
        for value in compiler.kept {
            if let view = views[compiler.root(value)] { buffers[view.buffer].last = Int.max }
        }
    }

    /// Largest first, each at the lowest place that nobody needs at the same time.
    private mutating func giveMemory() {
        var given: [Int] = []
        for index in buffers.indices.sorted(by: { (buffers[$0].floats, $1) > (buffers[$1].floats, $0) }) {
            let buffer = buffers[index]
            guard buffer.last >= 0 else { continue }
            let clashes = given.filter { buffers[$0].first <= buffer.last && buffer.first <= buffers[$0].last }
                .sorted { buffers[$0].offset < buffers[$1].offset }
            var offset = 0
            for other in clashes {
                if offset + PlanLayout.padded(buffer.floats) <= buffers[other].offset { break }
                offset = max(offset, buffers[other].offset + PlanLayout.padded(buffers[other].floats))
            }
            buffers[index].offset = offset
            arenaFloats = max(arenaFloats, offset + PlanLayout.padded(buffer.floats))
            given.append(index)
        }
    }

    /// Whole cache lines and one register of slack, because kernels read and copy whole registers.
    private static func padded(_ floats: Int) -> Int { (floats + 15) / 16 * 16 + 16 }
}
