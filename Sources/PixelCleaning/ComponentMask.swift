import Radiography

/// The pixels of a component as a picture of its own.
struct ComponentMask {
    private let box: PixelBox
    /// With a border of one empty pixel.
    private var pixels: [Bool]
    private let stride: Int

    init(_ component: Component, _ runs: [PixelRun]) {
        box = component.box
        stride = box.width + 2
        pixels = [Bool](repeating: false, count: (box.height + 2) * stride)
        for run in component.runs.map({ runs[Int($0)] }) {
            let start = (Int(run.row) - box.top + 1) * stride - box.left + 1
            for column in Int(run.first)..<Int(run.end) { pixels[start + column] = true }
        }
    }

    /// Stretched over the grid of ``GlyphReader``.
    var cells: [Bool] {
        let side = GlyphReader.side
        var ink = [Float](repeating: 0, count: box.height * box.width)
        for row in 0..<box.height {
            for column in 0..<box.width where pixels[(row + 1) * stride + column + 1] {
                ink[row * box.width + column] = 1
            }
        }
        return GlyphShapes.means(ink, box.height, box.width, rows: side, columns: side).map { $0 >= 0.5 }
    }

    /// Pixel sides between ink and ground.
    var perimeter: Int {
        var sides = 0
        for index in stride..<(pixels.count - stride) where pixels[index] {
            sides += (pixels[index - 1] ? 0 : 1) + (pixels[index + 1] ? 0 : 1)
            sides += (pixels[index - stride] ? 0 : 1) + (pixels[index + stride] ? 0 : 1)
        }
        return sides
    }
}
