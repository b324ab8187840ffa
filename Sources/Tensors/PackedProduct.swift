// Products with packed operands: our own kernels, for CPUs with AVX2 or AVX-512. Elsewhere OpenBLAS does all.
import CTensorKernels

/// Which kernels multiply in convolutions.
enum ProductKernels {
    /// The best of this CPU: 0 OpenBLAS, 1 AVX2, 2 AVX-512.
    static let level: Int32 = ctk_product_level()
    /// Pixels of one panel.
    static let lanes = Int(ctk_product_lanes(level))
    /// Floats of the panels that are unfolded at once: 2 MiB, the second-level cache of current servers.
    static let bandElements = 1 << 19
    /// The kernels load whole registers; what lies behind the last value must be there.
    static let slack = 64
}

/// A matrix `[m, k]` in tiles of rows, so that the kernel reads it in one stream; one for each group.
struct PackedRows: Sendable {
    let values: [Float]
    /// Floats of one group.
    let stride: Int

    /// Packs `groups` matrices of m x k that follow one another; with `transposes` each lies as `[k, m]`.
    init(_ matrix: UnsafePointer<Float>, groups: Int, m: Int, k: Int, transposes: Bool = false) {
        let rows = Int(ctk_product_rows(ProductKernels.level))
        let stride = (m + rows - 1) / rows * rows * k
        self.stride = stride
        values = unsafe [Float](unsafeUninitializedCapacity: groups * stride) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            for group in 0..<groups {
                unsafe ctk_pack_rows(
                    matrix + group * m * k, Int64(transposes ? 1 : k), Int64(transposes ? m : 1), Int32(m), Int64(k),
                    base + group * stride, ProductKernels.level)
            }
            count = groups * stride
        }
    }
}

/// Lends scratch that begins at a cache line, with slack behind it.
func withScratch(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let bytes = (count + ProductKernels.slack) * MemoryLayout<Float>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    unsafe body(raw.bindMemory(to: Float.self, capacity: count + ProductKernels.slack))
    unsafe raw.deallocate()
}

extension Convolution {
    /// Output pixels that are unfolded at once: whole panels.
    var packedPixels: Int {
        let panels = max(1, ProductKernels.bandElements / max(1, depth * ProductKernels.lanes))
        return min(
            panels * ProductKernels.lanes,
            (outputPlane + ProductKernels.lanes - 1) / ProductKernels.lanes * ProductKernels.lanes)
    }

    func packedWeights(_ weights: Tensor) -> PackedRows {
        unsafe weights.withPointer { unsafe PackedRows($0, groups: groups, m: groupOutputs, k: depth) }
    }

    /// One picture by packed products; `y` holds the bias already.
    func forwardPacked(_ x: UnsafePointer<Float>, _ packed: PackedRows, _ y: UnsafeMutablePointer<Float>) {
        var geometry = kernelWindow(channels: groupChannels)
        unsafe packed.values.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            unsafe withScratch(packedPixels * depth) { band in
                for group in 0..<groups {
                    for first in stride(from: 0, to: outputPlane, by: packedPixels) {
                        let pixels = min(packedPixels, outputPlane - first)
                        unsafe ctk_unfold_band(
                            x + group * groupChannels * plane, band, &geometry, Int64(first), Int64(pixels),
                            ProductKernels.level)
                        unsafe ctk_product_band(
                            weights + group * packed.stride, band, Int32(groupOutputs), Int64(depth),
                            y + group * groupOutputs * outputPlane + first, Int64(outputPlane), Int64(pixels), 1,
                            ProductKernels.level)
                    }
                }
            }
        }
    }

    /// The gradient of one picture by packed products with the transposed weights `[depth, groupOutputs]`.
    func inputGradientPacked(
        _ dy: UnsafePointer<Float>, _ packed: PackedRows, _ dx: UnsafeMutablePointer<Float>
    ) {
        var geometry = kernelWindow(channels: groupChannels)
        let rows = bands.first?.count ?? 1
        let lanes = ProductKernels.lanes
        let bandPixels = (rows * outputWidth + lanes - 1) / lanes * lanes
        unsafe packed.values.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            unsafe withScratch(bandPixels * groupOutputs + depth * rows * outputWidth) { scratch in
                let column = unsafe scratch + bandPixels * groupOutputs
                for group in 0..<groups {
                    for band in bands {
                        let pixels = band.count * outputWidth
                        unsafe ctk_pack_columns(
                            dy + group * groupOutputs * outputPlane + band.lowerBound * outputWidth,
                            Int64(outputPlane), Int64(groupOutputs), Int64(pixels), scratch, ProductKernels.level)
                        unsafe ctk_product_band(
                            weights + group * packed.stride, scratch, Int32(depth), Int64(groupOutputs), column,
                            Int64(pixels), Int64(pixels), 0, ProductKernels.level)
                        unsafe ctk_fold_add(
                            column, dx + group * groupChannels * plane, &geometry, Int32(band.lowerBound),
                            Int32(band.upperBound))
                    }
                }
            }
        }
    }
}
