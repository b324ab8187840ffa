import DICOMCore
import Radiography

@testable import PixelCleaning

/// Frames to search: a soft shadow with noise, as a radiograph has them, and writing by the embedded font.
struct TestFrame {
    let rows: Int
    let columns: Int
    var samples: [UInt8]

    init(rows: Int = 512, columns: Int = 420) {
        self.rows = rows
        self.columns = columns
        var state: UInt32 = 12345
        samples = (0..<rows * columns).map { index in
            state = state &* 1_664_525 &+ 1_013_904_223
            let (row, column) = (index / columns, index % columns)
            let shadow = 60 + 90 * row / rows + 40 * column / columns
            return UInt8(shadow + Int(state >> 29))
        }
    }

    var geometry: PixelGeometry {
        PixelGeometry(
            rows: rows, columns: columns, bitsAllocated: 8, bitsStored: 8, highBit: 7, isSigned: false,
            photometricInterpretation: "MONOCHROME2")
    }

    /// Writes with capitals of `height` pixels.
    mutating func write(_ text: String, top: Int, left: Int, height: Int, level: UInt8 = 255) throws {
        var pen = left
        for character in text {
            guard let shape = try GlyphShapes.shapes(of: String(character), rows: height, columns: 64).first else {
                pen += height * 2 / 5
                continue
            }
            let width = max(2, Int(shape.aspect * Float(height)))
            let cells = GlyphShapes.means(shape.cells, height, 64, rows: height, columns: width)
            for row in 0..<height {
                for column in 0..<width where top + row < rows && pen + column < columns {
                    let index = (top + row) * columns + pen + column
                    let ink = cells[row * width + column]
                    samples[index] = UInt8(Float(samples[index]) * (1 - ink) + Float(level) * ink)
                }
            }
            pen += width + max(1, height / 6)
        }
    }
}
