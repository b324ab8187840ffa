/// How much brighter (or darker) each pixel is than its surroundings, where it is part of something narrow: the
/// difference to the morphological opening (closing) with a line of nine pixels, across and along, the larger counts.
///
/// A stroke of up to eight pixels keeps its whole contrast, a wide shadow loses all of it. Everything works in place on
/// blocks of rows that stay in the second-level cache.
enum StrokeFilter {
    /// Rows of a block. With the halo 72 rows of 2,500 pixels are 180 kB.
    private static let blockRows = 56
    private static let halo = 8

    /// `[rows][columns]` each. Planes narrower than 32 pixels on a side have no strokes to speak of: zeros.
    static func responses(_ plane: GreyPlane) -> (bright: [UInt8], dark: [UInt8]) {
        let rows = plane.rows
        let columns = plane.columns
        var bright = [UInt8](repeating: 0, count: rows * columns)
        var dark = bright
        guard rows >= 32, columns >= 32 else { return (bright, dark) }
        precondition(plane.values.count == rows * columns)
        // Padded on both sides, so that no loop asks where the border is.
        let stride = columns + 2 * halo
        let count = (blockRows + 2 * halo) * stride
        var source = [UInt8](repeating: 0, count: count)
        var across = source
        var along = source
        var scratch = source
        unsafe plane.values.withUnsafeBufferPointer { values in
            unsafe source.withUnsafeMutableBufferPointer { source in
                unsafe across.withUnsafeMutableBufferPointer { across in
                    unsafe along.withUnsafeMutableBufferPointer { along in
                        unsafe scratch.withUnsafeMutableBufferPointer { scratch in
                            unsafe bright.withUnsafeMutableBufferPointer { bright in
                                unsafe dark.withUnsafeMutableBufferPointer { dark in
                                    guard let scratch = scratch.baseAddress,
                                        let values = values.baseAddress, let source = source.baseAddress,
                                        let across = across.baseAddress, let along = along.baseAddress,
                                        let bright = bright.baseAddress, let dark = dark.baseAddress
                                    else { return }
                                    for first in Swift.stride(from: 0, to: rows, by: blockRows) {
                                        let block = Block(
                                            first: first, end: min(rows, first + blockRows), rows: rows,
                                            columns: columns,
                                            stride: stride)
                                        unsafe block.load(values, into: source)
                                        unsafe block.open(
                                            source, across: across, along: along, scratch: scratch, isClosing: false)
                                        unsafe block.store(source, across, along, into: bright, isClosing: false)
                                        unsafe block.open(
                                            source, across: across, along: along, scratch: scratch, isClosing: true)
                                        unsafe block.store(source, across, along, into: dark, isClosing: true)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return (bright, dark)
    }

    /// Rows `first..<end` of the plane with their halo; the plane's border is repeated outwards.
    private struct Block {
        let first: Int
        let end: Int
        let rows: Int
        let columns: Int
        let stride: Int

        private var height: Int { end - first + 2 * halo }

        func load(_ values: UnsafePointer<UInt8>, into source: UnsafeMutablePointer<UInt8>) {
            for line in 0..<height {
                let row = min(max(first + line - halo, 0), rows - 1)
                let from = unsafe values + row * columns
                let to = unsafe source + line * stride
                unsafe (to + halo).update(from: from, count: columns)
                unsafe to.update(repeating: from[0], count: halo)
                unsafe (to + halo + columns).update(repeating: from[columns - 1], count: halo)
            }
        }

        /// Openings (closings) with nine pixels in a row and in a column. A result at index i belongs to the pixel eight
        /// further on in that direction.
        func open(
            _ source: UnsafeMutablePointer<UInt8>, across: UnsafeMutablePointer<UInt8>,
            along: UnsafeMutablePointer<UInt8>, scratch: UnsafeMutablePointer<UInt8>, isClosing: Bool
        ) {
            // Across, the halo rows are not needed; what wraps into the next row stays within its halo columns.
            let skipped = halo * stride
            unsafe open(
                source + skipped, into: across + skipped, scratch: scratch + skipped, step: 1,
                count: (end - first) * stride, isClosing: isClosing)
            unsafe open(
                source, into: along, scratch: scratch, step: stride, count: height * stride, isClosing: isClosing)
        }

        /// Nine = 1 + 1 + 2 + 4 + 1 pixels, four passes there and four back. Each pass writes elsewhere than it reads:
        /// only then does the compiler take sixteen pixels at a time.
        private func open(
            _ source: UnsafeMutablePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>,
            scratch: UnsafeMutablePointer<UInt8>, step: Int, count: Int, isClosing: Bool
        ) {
            var from = unsafe source
            var to = unsafe scratch
            for (pass, width) in [1, 2, 4, 1, 1, 2, 4, 1].enumerated() {
                let shift = width * step
                if isClosing == (pass < 4) {
                    unsafe larger(from, shift, count: count - shift, into: to)
                } else {
                    unsafe smaller(from, shift, count: count - shift, into: to)
                }
                unsafe from = to
                unsafe to = pass % 2 == 0 ? output : scratch
            }
        }

        private func larger(
            _ values: UnsafeMutablePointer<UInt8>, _ shift: Int, count: Int, into output: UnsafeMutablePointer<UInt8>
        ) {
            let shifted = unsafe values + shift
            for index in 0..<count { unsafe output[index] = max(values[index], shifted[index]) }
        }

        private func smaller(
            _ values: UnsafeMutablePointer<UInt8>, _ shift: Int, count: Int, into output: UnsafeMutablePointer<UInt8>
        ) {
            let shifted = unsafe values + shift
            for index in 0..<count { unsafe output[index] = min(values[index], shifted[index]) }
        }

        func store(
            _ source: UnsafeMutablePointer<UInt8>, _ across: UnsafeMutablePointer<UInt8>,
            _ along: UnsafeMutablePointer<UInt8>, into output: UnsafeMutablePointer<UInt8>, isClosing: Bool
        ) {
            for row in first..<end {
                let start = (row - first + halo) * stride + halo
                let pixel = unsafe source + start
                let horizontal = unsafe across + (start - halo)
                let vertical = unsafe along + (start - halo * stride)
                let line = unsafe output + row * columns
                if isClosing {
                    for column in 0..<columns {
                        unsafe line[column] = max(horizontal[column], vertical[column]) &- pixel[column]
                    }
                } else {
                    for column in 0..<columns {
                        unsafe line[column] = pixel[column] &- min(horizontal[column], vertical[column])
                    }
                }
            }
        }
    }
}
