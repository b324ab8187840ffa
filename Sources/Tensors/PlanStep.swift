// The steps of a plan before memory is given out. Source: CTensorPlan.h.
import CTensorKernels

/// Where a value lies: a run of channels of a buffer of pixels.
struct PlanView: Equatable {
    var buffer: Int
    var channel: Int
    var height: Int
    var width: Int
    var channels: Int
}

/// One step over views.
struct PlanStep {
    var name: String
    var kind: Int
    var input: Int
    var output: Int
    /// Added to the result of a convolution, or the second operand.
    var other: Int?
    /// One number for each channel that multiplies what is read.
    var gate: Int?
    var window = Window(kernel: [1, 1])
    var countsPadding = false
    var activation: Activation?
    /// x * scale + shift before the step, and whether negative values become 0 then.
    var scale: [Float]?
    var shift: [Float]?
    var readsRelu = false
    var readsMean = 1
    var weights: Tensor?
    var bias: Tensor?
    var edge = 0

    init(_ kind: Int, name: String, input: Int, output: Int) {
        self.kind = kind
        self.name = name
        self.input = input
        self.output = output
    }

    /// The values that it reads.
    var reads: [Int] { [input] + [other, gate].compactMap { $0 } }

    var isProduct: Bool { kind == PlanStep.convolution }

    static let load = Int(CTK_STEP_LOAD)
    static let convolution = Int(CTK_STEP_CONV)
    static let winograd = Int(CTK_STEP_WINOGRAD)
    static let depthwise = Int(CTK_STEP_DEPTHWISE)
    static let affine = Int(CTK_STEP_AFFINE)
    static let add = Int(CTK_STEP_ADD)
    static let multiply = Int(CTK_STEP_MULTIPLY)
    static let gate = Int(CTK_STEP_GATE)
    static let maxPool = Int(CTK_STEP_MAX_POOL)
    static let averagePool = Int(CTK_STEP_AVERAGE_POOL)
    static let globalMean = Int(CTK_STEP_GLOBAL_MEAN)
    static let copy = Int(CTK_STEP_COPY)
    /// Not of the kernels' kinds: computed by the reference operators, on planes.
    static let reference = -1

    /// What a report calls it.
    var kindName: String {
        switch kind {
        case PlanStep.load: "load"
        case PlanStep.convolution: window.kernel == [1, 1] ? "product" : "unfolded"
        case PlanStep.winograd: "winograd F(\(edge),3)"
        case PlanStep.depthwise: "depthwise"
        case PlanStep.affine: "affine"
        case PlanStep.add: "add"
        case PlanStep.multiply: "multiply"
        case PlanStep.gate: "gate"
        case PlanStep.maxPool: "max pool"
        case PlanStep.averagePool: "average pool"
        case PlanStep.globalMean: "global mean"
        case PlanStep.copy: "copy"
        default: "reference"
        }
    }
}
