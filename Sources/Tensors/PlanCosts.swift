// Which algorithm, and how the work is divided: estimates from counted operations and bytes.
import CTensorKernels

struct PlanCosts {
    let settings: EngineSettings

    init(_ settings: EngineSettings) { self.settings = settings }

    /// Planes of at most this many pixels are computed for a whole batch at once.
    static let latePixels = 14 * 14
    /// Operations, and bytes of weights and of transformed tiles, per second of one core. Their ratios decide, and those
    /// are alike on the servers measured (Zen 5, Emerald Rapids): 240 GF/s, 30 and 50 GB/s.
    private static let operationRate = 200e9
    private static let weightRate = 30e9
    private static let tileRate = 50e9
    /// Floats of a group of Winograd tiles: 1 MiB, half of a second-level cache.
    private static let groupFloats = 1 << 18
    /// Pixels of a tile: four blocks of the widest kernel.
    private static let tilePixels = 56
    /// Pixels of a task that only moves data: some tens of KiB.
    private static let runPixels = 256

    /// Multiplications and additions of a step for one image, as the network's definition counts them.
    func operations(_ step: PlanStep, _ graph: Graph) -> Int {
        guard let out = PlanLayout.extent(graph.shape(step.output)) else { return 0 }
        let pixels = out.height * out.width
        let taps = step.window.kernel[0] * step.window.kernel[1]
        let inputs = PlanLayout.extent(graph.shape(step.input))?.channels ?? 0
        switch step.kind {
        case PlanStep.convolution, PlanStep.winograd:
            return 2 * pixels * out.channels * inputs * taps * step.readsMean * step.readsMean
        case PlanStep.depthwise: return 2 * pixels * out.channels * taps
        default: return pixels * out.channels
        }
    }

    /// Takes Winograd's algorithm where it should be sooner.
    func choose(_ step: PlanStep, _ graph: Graph) -> PlanStep {
        guard settings.usesWinograd, step.isProduct, step.window.kernel == [3, 3], step.window.strides == [1, 1],
            step.window.dilations == [1, 1], step.scale == nil, step.gate == nil,
            let x = PlanLayout.extent(graph.shape(step.input)), let y = PlanLayout.extent(graph.shape(step.output)),
            x.channels >= 16
        else { return step }
        func seconds(_ edge: Int) -> Double {
            let size = edge == 0 ? 3 : edge + 2
            let tiles = edge == 0 ? y.height * y.width : (y.height + edge - 1) / edge * ((y.width + edge - 1) / edge)
            let products = Double(2 * size * size * tiles * x.channels * y.channels) / PlanCosts.operationRate
            let weights = Double(4 * size * size * x.channels * y.channels) / PlanCosts.weightRate
            let moved = edge == 0 ? 0 : Double(8 * size * size * tiles * (x.channels + y.channels))
            return products + weights + moved / PlanCosts.tileRate
        }
        var step = step
        let edge = [0, 2, 4].min { seconds($0) < seconds($1) } ?? 0
        if edge > 0 {
            step.kind = PlanStep.winograd
            step.edge = edge
        }
        return step
    }

    /// Divides a step into tasks: enough of them for the threads, none too small.
    func divide(_ step: inout ctk_step) {
        let pixels = unsafe Int(step.output.height) * Int(step.output.width)
        unsafe step.parts = 1
        unsafe step.tile = Int32(PlanCosts.runPixels)
        let outputs = unsafe PlanLayout.filled(Int(step.output.channels))
        let panels = (outputs + settings.panel - 1) / settings.panel
        if unsafe Int(step.kind) == PlanStep.convolution {
            let tasks = (pixels + PlanCosts.tilePixels - 1) / PlanCosts.tilePixels
            unsafe step.tile = Int32(min(PlanCosts.tilePixels, pixels))
            if settings.threads > 1, tasks < 2 * settings.threads {
                unsafe step.parts = Int32(min(panels, (2 * settings.threads + tasks - 1) / tasks))
            }
        } else if unsafe Int(step.kind) == PlanStep.depthwise {
            let tasks = settings.threads == 1 ? 1 : 4 * settings.threads
            unsafe step.tile = max(1, (step.output.height + Int32(tasks) - 1) / Int32(tasks))
        } else if unsafe Int(step.kind) == PlanStep.winograd {
            let edge = unsafe Int(step.edge)
            let tiles =
                unsafe (Int(step.output.height) + edge - 1) / edge * ((Int(step.output.width) + edge - 1) / edge)
            let floats = unsafe (edge + 2) * (edge + 2) * (PlanLayout.filled(Int(step.input.channels)) + outputs)
            var group = max(14, PlanCosts.groupFloats / floats)
            if settings.threads > 1 { group = min(group, max(7, (tiles + settings.threads - 1) / settings.threads)) }
            unsafe step.tile = Int32(min(group, tiles))
        }
    }
}
