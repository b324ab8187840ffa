// Memory in which a plan runs, and the run itself.
import COpenBLAS
import CTensorKernels

/// The activations and scratch of one run. Used by one run at a time.
///
/// Unchecked: written only between `Plan.run`'s beginning and end, read only after it.
final class Workspace: @unchecked Sendable {
    let arena: AlignedFloats
    let scratch: AlignedFloats
    let images: Int
    /// Values that are not pictures, by value, for each image.
    fileprivate(set) var tensors: [[Int: Tensor]]

    init(_ plan: Plan, images: Int) {
        self.images = images
        // Slack behind the last value: kernels read whole registers.
        arena = AlignedFloats(plan.arenaFloats * images + 64)
        scratch = AlignedFloats(plan.scratchFloats * plan.settings.threads)
        tensors = Array(repeating: [:], count: images)
    }
}

extension Plan {
    /// Runs `workspace.images` pictures `[N, C, H, W]`. Adds to `seconds`, where given, the time of each step.
    func run(_ pictures: [Float], in workspace: Workspace, seconds: UnsafeMutablePointer<Double>? = nil) {
        unsafe pictures.withUnsafeBufferPointer { pictures in
            var place = unsafe ctk_place(
                arena: workspace.arena.base, imageStep: Int64(arenaFloats), pictures: pictures.baseAddress,
                scratch: workspace.scratch.base, scratchStep: Int64(scratchFloats), level: Int32(settings.level),
                sgemm: settings.usesBLAS ? cblas_sgemm : nil)
            let images = workspace.images
            let threads = settings.threads
            unsafe steps.withUnsafeBufferPointer { steps in
                guard let first = steps.baseAddress else { return }
                for segment in segments {
                    switch segment {
                    case .kernels(let range, let perImage):
                        let begin = unsafe first + range.lowerBound
                        let count = Int32(range.count)
                        let times = unsafe seconds.map { unsafe $0 + range.lowerBound }
                        if perImage, images >= threads, images > 1, unsafe seconds == nil {
                            unsafe ctk_run_images(begin, count, &place, 0, Int32(images), Int32(threads))
                        } else if perImage {
                            for image in 0..<Int32(images) {
                                unsafe ctk_run_steps(begin, count, &place, image, image + 1, Int32(threads), times)
                            }
                        } else {
                            unsafe ctk_run_steps(begin, count, &place, 0, Int32(images), Int32(threads), times)
                        }
                    case .reference(let node, _):
                        for image in 0..<images { reference(node, image, workspace) }
                    }
                }
            }
        }
    }

    private func reference(_ node: Node, _ image: Int, _ workspace: Workspace) {
        let operands = node.inputs.map { value($0, image, in: workspace) }
        let parallel = Parallel(threads: settings.threads)
        var result = compute(node.operation, operands, shape: graph.shape(node.output), parallel: parallel)
        if let activation = node.activation { result.apply(activation, parallel: parallel) }
        if var view = view(node.output) {
            unsafe result.withPointer {
                unsafe ctk_load_view($0, &view, workspace.arena.base + image * arenaFloats)
            }
        } else {
            workspace.tensors[image][node.output] = result
        }
    }

    /// A value after the run, as `[1, C, H, W]` or whatever its shape is. It must be one that was kept.
    func value(_ value: Int, _ image: Int, in workspace: Workspace) -> Tensor {
        if let constant = graph.constants[value] { return constant }
        if let tensor = workspace.tensors[image][value] { return tensor }
        guard var view = view(value) else { preconditionFailure("a value is read before it is computed") }
        return unsafe makeTensor(graph.shape(value)) {
            unsafe ctk_store_view(workspace.arena.base + image * arenaFloats, &view, $0)
        }
    }
}
