// Convolution without unfolding: the padded picture is taken apart by the stride, and the kernel reads each tap where
// it lies. A few filler pixels at the end of each row are computed and dropped; unfolding costs more.
import CTensorKernels

extension Convolution {
    /// The grid of one group of one picture, with its size in floats; `nil` where the window is unusual or the grid
    /// would be much larger than the picture (such windows are unfolded in bands).
    var grid: (layout: ctk_grid, count: Int)? {
        guard window.strides.allSatisfy({ $0 <= Convolution.gridStride }),
            window.kernel.allSatisfy({ $0 <= Convolution.gridKernel })
        else { return nil }
        func phases(_ axis: Int) -> Int {
            guard window.strides[axis] > 1 else { return 1 }
            return Set((0..<window.kernel[axis]).map { $0 * window.dilations[axis] % window.strides[axis] }).count
        }
        let rows = outputHeight + (window.kernel[0] - 1) * window.dilations[0] / window.strides[0]
        let pitch = outputWidth + (window.kernel[1] - 1) * window.dilations[1] / window.strides[1]
        guard rows < Convolution.gridElements, pitch < Convolution.gridElements / rows else { return nil }
        // An odd number of cache lines from plane to plane: even powers would fall into the same sets of the cache.
        let phaseStep = ((rows * pitch + 15) / 16 | 1) * 16
        let phasesX = phases(1)
        let (perChannel, overflow) = phaseStep.multipliedReportingOverflow(by: phases(0) * phasesX)
        let (count, overflows) = perChannel.multipliedReportingOverflow(by: groupChannels)
        guard !overflow, !overflows, count <= Convolution.gridElements else { return nil }
        let layout = ctk_grid(
            rows: Int64(rows), pitch: Int64(pitch), phasesX: Int64(phasesX), phaseStep: Int64(phaseStep),
            channelStep: Int64(perChannel))
        return (layout, count)
    }

    /// Largest stride and kernel for which the phases are looked for: what classifiers use.
    static let gridStride = 4
    static let gridKernel = 16
    /// Largest grid (64 MiB): 64 channels of 512 x 512.
    static let gridElements = 1 << 24
    /// Floats of a band of results before the filler is dropped: 512 KiB.
    static let resultElements = 1 << 17

    /// One picture; `bias` is null where there is none.
    func forwardGrid(
        _ x: UnsafePointer<Float>, _ packed: PackedRows, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, _ grid: (layout: ctk_grid, count: Int), _ offsets: [Int32]
    ) {
        var geometry = kernelWindow(channels: groupChannels)
        var layout = grid.layout
        let pitch = Int(layout.pitch)
        let rows = min(outputHeight, max(1, Convolution.resultElements / (groupOutputs * pitch)))
        let bandPixels = rows * pitch
        unsafe packed.values.withUnsafeBufferPointer { weights in
            guard let weights = weights.baseAddress else { return }
            unsafe withScratch(grid.count) { spread in
                unsafe withScratch(groupOutputs * bandPixels) { result in
                    for group in 0..<groups {
                        unsafe ctk_spread(x + group * groupChannels * plane, spread, &geometry, &layout)
                        for row in stride(from: 0, to: outputHeight, by: rows) {
                            let count = min(rows, outputHeight - row)
                            let pixels = (count - 1) * pitch + outputWidth
                            unsafe ctk_product_grid(
                                weights + group * packed.stride, spread + row * pitch, offsets, Int32(groupOutputs),
                                Int64(depth), result, Int64(bandPixels), Int64(pixels), ProductKernels.level)
                            unsafe ctk_collect(
                                result, Int64(bandPixels), Int64(pitch), bias.map { unsafe $0 + group * groupOutputs },
                                y + group * groupOutputs * outputPlane + row * outputWidth, Int64(outputPlane),
                                Int32(groupOutputs), Int32(count), Int32(outputWidth))
                        }
                    }
                }
            }
        }
    }

    /// Where each weight's pixel lies in the grid.
    func gridOffsets(_ layout: ctk_grid) -> [Int32] {
        var geometry = kernelWindow(channels: groupChannels)
        var layout = layout
        return unsafe [Int32](unsafeUninitializedCapacity: depth) { buffer, count in
            unsafe ctk_grid_offsets(&geometry, &layout, buffer.baseAddress)
            count = depth
        }
    }
}
