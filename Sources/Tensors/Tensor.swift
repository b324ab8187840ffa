/// A dense array of 32-bit floats, row major. Pictures and activations are `[N, C, H, W]`.
public struct Tensor: Sendable, Equatable {
    /// Extent of each axis, outermost first; every extent is at least 1.
    public let shape: [Int]
    /// The elements in row-major order; as many as the product of `shape`.
    public var values: [Float]

    /// Joins a shape and its values. Traps if their counts disagree: that is a fault of the caller, not of data.
    public init(shape: [Int], values: [Float]) {
        precondition(shape.allSatisfy { $0 > 0 }, "an extent of a tensor is not positive")
        precondition(values.count == shape.reduce(1, *), "a tensor's values do not fill its shape")
        self.shape = shape
        self.values = values
    }
}

extension Tensor {
    /// A tensor with one value everywhere.
    package init(shape: [Int], repeating value: Float) {
        self.init(shape: shape, values: [Float](repeating: value, count: shape.reduce(1, *)))
    }

    /// The same values under another shape with the same number of elements.
    package func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }
}
