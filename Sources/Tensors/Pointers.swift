// Between tensors and kernels: the only place where storage turns into pointers.
import CTensorKernels

/// A new tensor whose every element `fill` writes.
func makeTensor(_ shape: [Int], _ fill: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    let count = shape.reduce(1, *)
    let values = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard let base = buffer.baseAddress else { preconditionFailure("a tensor is never empty") }
        unsafe fill(base)
        initialized = count
    }
    return Tensor(shape: shape, values: values)
}

/// A new tensor of zeros onto which `add` adds.
func makeZeroTensor(_ shape: [Int], _ add: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    var tensor = Tensor(shape: shape, repeating: 0)
    unsafe tensor.withMutablePointer(add)
    return tensor
}

extension Tensor {
    func withPointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        unsafe values.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a tensor is never empty") }
            return unsafe body(base)
        }
    }

    mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        unsafe values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("a tensor is never empty") }
            return unsafe body(base)
        }
    }
}

func withPointers<Result>(
    _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Result
) -> Result {
    unsafe a.withPointer { a in unsafe b.withPointer { b in unsafe body(a, b) } }
}

func withPointers<Result>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Result
) -> Result {
    unsafe withPointers(a, b) { a, b in unsafe c.withPointer { c in unsafe body(a, b, c) } }
}

extension ctk_window {
    /// The window as the kernels take it, over `channels` planes of `height` x `width`.
    init(_ window: Window, channels: Int, height: Int, width: Int, outputHeight: Int, outputWidth: Int) {
        self.init(
            channels: Int32(channels), height: Int32(height), width: Int32(width),
            kernelHeight: Int32(window.kernel[0]), kernelWidth: Int32(window.kernel[1]),
            strideY: Int32(window.strides[0]), strideX: Int32(window.strides[1]), padTop: Int32(window.pads[0]),
            padLeft: Int32(window.pads[1]), padBottom: Int32(window.pads[2]), padRight: Int32(window.pads[3]),
            dilationY: Int32(window.dilations[0]), dilationX: Int32(window.dilations[1]),
            outputHeight: Int32(outputHeight), outputWidth: Int32(outputWidth))
    }
}

extension ctk_box {
    /// A box of at least one axis, with the step of each operand along each axis.
    init(shape: [Int], stepsA: [Int], stepsB: [Int]? = nil) {
        self.init()
        let stepsB = stepsB ?? stepsA
        rank = Int32(max(1, shape.count))
        unsafe withUnsafeMutableBytes(of: &self.shape) { unsafe $0.bindMemory(to: Int64.self)[0] = 1 }
        for axis in shape.indices {
            unsafe withUnsafeMutableBytes(of: &self.shape) {
                unsafe $0.bindMemory(to: Int64.self)[axis] = Int64(shape[axis])
            }
            unsafe withUnsafeMutableBytes(of: &stepA) {
                unsafe $0.bindMemory(to: Int64.self)[axis] = Int64(stepsA[axis])
            }
            unsafe withUnsafeMutableBytes(of: &stepB) {
                unsafe $0.bindMemory(to: Int64.self)[axis] = Int64(stepsB[axis])
            }
        }
    }
}

/// Elements between neighbours along each axis of a dense array.
func denseSteps(_ shape: [Int]) -> [Int] {
    var steps = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * shape[axis + 1] }
    return steps
}

/// Steps with which an array of `shape` is read as if it had the shape `target`: 0 along repeated axes.
func broadcastSteps(_ shape: [Int], to target: [Int]) -> [Int] {
    let dense = denseSteps(shape)
    let missing = target.count - shape.count
    return target.indices.map { axis in
        axis < missing || shape[axis - missing] == 1 ? 0 : dense[axis - missing]
    }
}
