// What the trainer needs beside the graph: the optimiser's step, and pictures onto the network's grid.
import CTensorKernels

/// AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay, for one tensor.
package struct AdamState: Sendable {
    package static let beta1: Float = 0.9
    package static let beta2: Float = 0.999
    package static let epsilon: Float = 1e-8
    package private(set) var moment1: [Float]
    package private(set) var moment2: [Float]

    package init(count: Int) {
        moment1 = [Float](repeating: 0, count: count)
        moment2 = moment1
    }

    /// Takes up where another left off.
    package init(moment1: [Float], moment2: [Float]) {
        precondition(moment1.count == moment2.count)
        (self.moment1, self.moment2) = (moment1, moment2)
    }

    /// Moves the weights against the gradient. `step` counts from 1.
    package mutating func update(_ weights: inout Tensor, gradient: Tensor, rate: Float, decay: Float, step: Int) {
        precondition(weights.values.count == moment1.count && gradient.values.count == moment1.count)
        let correction1 = 1 - Float.power(AdamState.beta1, step)
        let correction2 = 1 - Float.power(AdamState.beta2, step)
        unsafe ctk_adamw(
            &weights.values, &moment1, &moment2, gradient.values, Int64(moment1.count), rate, AdamState.beta1,
            AdamState.beta2, AdamState.epsilon, decay, correction1, correction2)
    }
}

extension Tensor {
    /// self = decay * self + (1 - decay) * other
    package mutating func blend(_ other: Tensor, decay: Float) {
        precondition(values.count == other.values.count)
        unsafe ctk_running_average(&values, other.values, decay, Int64(other.values.count))
    }
}

/// An 8-bit picture on its way to the network's grid, through a table of 256 gray values.
package enum PictureGrid {
    /// Averages areas: each output cell is the mean of the part of the picture that it covers. Rows x columns out.
    package static func areaAverage(
        _ pixels: [UInt8], rows: Int, columns: Int, table: [Float], outputRows: Int, outputColumns: Int
    ) -> [Float] {
        precondition(pixels.count == rows * columns && rows > 0 && columns > 0 && table.count == 256)
        return unsafe [Float](unsafeUninitializedCapacity: outputRows * outputColumns) { buffer, count in
            unsafe ctk_area_average(
                pixels, Int32(rows), Int32(columns), table, buffer.baseAddress, Int32(outputRows), Int32(outputColumns))
            count = outputRows * outputColumns
        }
    }

    /// Samples the picture at the affine images of 2 x 2 points of each output cell. `matrix` takes (u, v) in [0, 1]
    /// to (x, y) in pixels: x = m0 u + m1 v + m2, y = m3 u + m4 v + m5. Outside, the edge repeats.
    package static func warp(
        _ pixels: [UInt8], rows: Int, columns: Int, table: [Float], matrix: [Float], outputRows: Int, outputColumns: Int
    ) -> [Float] {
        precondition(pixels.count == rows * columns && rows > 0 && columns > 0 && table.count == 256)
        precondition(matrix.count == 6)
        return unsafe [Float](unsafeUninitializedCapacity: outputRows * outputColumns) { buffer, count in
            unsafe ctk_warp(
                pixels, Int32(rows), Int32(columns), table, buffer.baseAddress, Int32(outputRows), Int32(outputColumns),
                matrix, 2)
            count = outputRows * outputColumns
        }
    }
}

extension Float {
    /// base to a whole power, by repeated squaring: the same bits everywhere.
    static func power(_ base: Float, _ exponent: Int) -> Float {
        var (result, factor, rest) = (Float(1), base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
