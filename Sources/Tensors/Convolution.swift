// Convolution by unfolding and matrix products, forward and reverse.
//
// A picture is worked on in bands of output rows, so that the unfolded band stays in the second-level cache. Products
// are our own where the CPU has wide registers (`PackedProduct.swift`), else OpenBLAS's, for which a kernel of 1 x 1
// with stride 1 needs no unfolding. Where every channel is its own group a direct loop is used.
import CTensorKernels

/// A convolution with all extents settled.
struct Convolution {
    let window: Window
    let groups: Int
    let images: Int
    let channels: Int
    let height: Int
    let width: Int
    let outputs: Int
    let outputHeight: Int
    let outputWidth: Int

    init(_ window: Window, groups: Int, input: [Int], output: [Int]) {
        self.window = window
        self.groups = groups
        images = input[0]
        channels = input[1]
        height = input[2]
        width = input[3]
        outputs = output[1]
        outputHeight = output[2]
        outputWidth = output[3]
    }

    var groupChannels: Int { channels / groups }
    var groupOutputs: Int { outputs / groups }
    /// Weights of one output.
    var depth: Int { groupChannels * window.kernel[0] * window.kernel[1] }
    var plane: Int { height * width }
    var outputPlane: Int { outputHeight * outputWidth }
    var isDepthwise: Bool { groupChannels == 1 && groups > 1 }

    /// No unfolding is needed: the picture's planes are the columns.
    var isPointwise: Bool {
        window.kernel == [1, 1] && window.strides == [1, 1] && window.pads == [0, 0, 0, 0]
    }

    /// Floats of an unfolded band that are kept in cache: 512 KiB.
    static let bandElements = 1 << 17

    /// The bands of output rows.
    var bands: [Range<Int>] {
        let rows = max(1, Convolution.bandElements / max(1, depth * outputWidth))
        return stride(from: 0, to: outputHeight, by: rows).map { $0..<min($0 + rows, outputHeight) }
    }

    func kernelWindow(channels: Int) -> ctk_window {
        ctk_window(
            window, channels: channels, height: height, width: width, outputHeight: outputHeight,
            outputWidth: outputWidth)
    }

    // MARK: Forward

    /// y = convolution of x with weights, plus bias. `packed` are the weights, packed before; `usesPacked` false takes
    /// OpenBLAS where our own kernels could, `usesGrid` false unfolds where the grid would do.
    func forward(
        _ x: Tensor, weights: Tensor, bias: Tensor?, packed: PackedRows? = nil, usesPacked: Bool = true,
        usesGrid: Bool = true, parallel: Parallel
    ) -> Tensor {
        let isPacked = usesPacked && ProductKernels.level > 0 && !isDepthwise
        let packed = isPacked ? packed ?? packedWeights(weights) : nil
        let grid = isPacked && usesGrid ? self.grid : nil
        let offsets = grid.map { gridOffsets($0.layout) } ?? []
        return unsafe makeTensor([images, outputs, outputHeight, outputWidth]) { y in
            unsafe withPointers(x, weights, bias ?? x) { x, w, b in
                parallel.forEach(images) { image in
                    let from = unsafe x + image * channels * plane
                    let to = unsafe y + image * outputs * outputPlane
                    let b = unsafe bias == nil ? nil : b
                    if let packed, let grid {
                        unsafe forwardGrid(from, packed, b, to, grid, offsets)
                        return
                    }
                    unsafe ctk_fill_bias(to, b, Int32(outputs), Int64(outputPlane), Int64(outputPlane))
                    if isDepthwise {
                        unsafe forwardDepthwise(from, w, to)
                    } else if let packed {
                        unsafe forwardPacked(from, packed, to)
                    } else {
                        unsafe forwardImage(from, w, to)
                    }
                }
            }
        }
    }

    private func forwardImage(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        if isPointwise {
            for group in 0..<groups {
                unsafe matrixProduct(
                    m: groupOutputs, n: outputPlane, k: depth, w + group * groupOutputs * depth, lda: depth,
                    x + group * groupChannels * plane, ldb: plane, beta: 1,
                    y + group * groupOutputs * outputPlane, ldc: outputPlane)
            }
            return
        }
        var geometry = kernelWindow(channels: groupChannels)
        unsafe withColumns { column in
            for group in 0..<groups {
                for band in bands {
                    let pixels = band.count * outputWidth
                    unsafe ctk_unfold(
                        x + group * groupChannels * plane, column, &geometry, Int32(band.lowerBound),
                        Int32(band.upperBound))
                    unsafe matrixProduct(
                        m: groupOutputs, n: pixels, k: depth, w + group * groupOutputs * depth, lda: depth, column,
                        ldb: pixels, beta: 1,
                        y + group * groupOutputs * outputPlane + band.lowerBound * outputWidth, ldc: outputPlane)
                }
            }
        }
    }

    private func forwardDepthwise(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        var geometry = kernelWindow(channels: 1)
        for output in 0..<outputs {
            unsafe ctk_depthwise(
                x + output / groupOutputs * plane, w + output * depth, y + output * outputPlane, &geometry)
        }
    }

    // MARK: Reverse

    /// The gradient with respect to x.
    func inputGradient(_ dy: Tensor, weights: Tensor, usesPacked: Bool = true, parallel: Parallel) -> Tensor {
        let isPacked = usesPacked && ProductKernels.level > 0 && !isDepthwise
        let packed: PackedRows? =
            isPacked
            ? unsafe weights.withPointer {
                unsafe PackedRows($0, groups: groups, m: depth, k: groupOutputs, transposes: true)
            } : nil
        return unsafe makeZeroTensor([images, channels, height, width]) { dx in
            unsafe withPointers(dy, weights) { dy, w in
                parallel.forEach(images) { image in
                    let from = unsafe dy + image * outputs * outputPlane
                    let to = unsafe dx + image * channels * plane
                    if isDepthwise {
                        var geometry = kernelWindow(channels: 1)
                        for output in 0..<outputs {
                            unsafe ctk_depthwise_input(
                                from + output * outputPlane, w + output * depth, to + output / groupOutputs * plane,
                                &geometry)
                        }
                    } else if let packed {
                        unsafe inputGradientPacked(from, packed, to)
                    } else {
                        unsafe inputGradientImage(from, w, to)
                    }
                }
            }
        }
    }

    private func inputGradientImage(
        _ dy: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
    ) {
        if isPointwise {
            for group in 0..<groups {
                unsafe matrixProduct(
                    transposesA: true, m: depth, n: plane, k: groupOutputs, w + group * groupOutputs * depth,
                    lda: depth, dy + group * groupOutputs * outputPlane, ldb: outputPlane, beta: 0,
                    dx + group * groupChannels * plane, ldc: plane)
            }
            return
        }
        var geometry = kernelWindow(channels: groupChannels)
        unsafe withColumns { column in
            for group in 0..<groups {
                for band in bands {
                    let pixels = band.count * outputWidth
                    unsafe matrixProduct(
                        transposesA: true, m: depth, n: pixels, k: groupOutputs, w + group * groupOutputs * depth,
                        lda: depth, dy + group * groupOutputs * outputPlane + band.lowerBound * outputWidth,
                        ldb: outputPlane, beta: 0, column, ldc: pixels)
                    unsafe ctk_fold_add(
                        column, dx + group * groupChannels * plane, &geometry, Int32(band.lowerBound),
                        Int32(band.upperBound))
                }
            }
        }
    }

    /// Parts into which a batch is divided for the weights' gradient; their sums are added in order, whatever the
    /// number of threads.
    static let shards = 4

    /// The gradients with respect to weights and bias.
    func parameterGradients(_ x: Tensor, _ dy: Tensor, hasBias: Bool, parallel: Parallel) -> (Tensor, Tensor?) {
        let weightShape = [outputs, groupChannels, window.kernel[0], window.kernel[1]]
        let shards = min(Convolution.shards, images)
        let weightCount = outputs * depth
        let size = weightCount + outputs
        let sums = unsafe makeZeroTensor([shards, size]) { sums in
            unsafe withPointers(x, dy) { x, dy in
                parallel.forEach(shards) { shard in
                    for image in images * shard / shards..<images * (shard + 1) / shards {
                        let from = unsafe x + image * channels * plane
                        let gradient = unsafe dy + image * outputs * outputPlane
                        unsafe weightGradientImage(from, gradient, sums + shard * size)
                        if hasBias {
                            unsafe ctk_row_sums_add(
                                gradient, sums + shard * size + weightCount, Int32(outputs), Int64(outputPlane))
                        }
                    }
                }
            }
        }
        var weights = Tensor(shape: weightShape, values: Array(sums.values[0..<weightCount]))
        var bias = Tensor(shape: [outputs], values: Array(sums.values[weightCount..<size]))
        for shard in 1..<max(1, shards) where shard < shards {
            unsafe sums.withPointer { sums in
                unsafe weights.withMutablePointer {
                    unsafe ctk_add_scaled($0, sums + shard * size, 1, Int64(weightCount))
                }
                unsafe bias.withMutablePointer {
                    unsafe ctk_add_scaled($0, sums + shard * size + weightCount, 1, Int64(outputs))
                }
            }
        }
        return (weights, hasBias ? bias : nil)
    }

    private func weightGradientImage(
        _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ dw: UnsafeMutablePointer<Float>
    ) {
        if isDepthwise {
            var geometry = kernelWindow(channels: 1)
            for output in 0..<outputs {
                unsafe ctk_depthwise_kernel(
                    dy + output * outputPlane, x + output / groupOutputs * plane, dw + output * depth, &geometry)
            }
            return
        }
        var geometry = kernelWindow(channels: groupChannels)
        unsafe withColumns { column in
            for group in 0..<groups {
                for band in bands {
                    let pixels = band.count * outputWidth
                    unsafe ctk_unfold(
                        x + group * groupChannels * plane, column, &geometry, Int32(band.lowerBound),
                        Int32(band.upperBound))
                    unsafe matrixProduct(
                        transposesB: true, m: groupOutputs, n: depth, k: pixels,
                        dy + group * groupOutputs * outputPlane + band.lowerBound * outputWidth, lda: outputPlane,
                        column, ldb: pixels, beta: 1, dw + group * groupOutputs * depth, ldc: depth)
                }
            }
        }
    }

    /// Lends scratch for one unfolded band.
    private func withColumns(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        unsafe withScratch(depth * outputWidth * (bands.first?.count ?? 1), body)
    }
}
