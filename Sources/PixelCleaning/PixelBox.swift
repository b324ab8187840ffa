/// A rectangle of pixels: rows `top..<bottom`, columns `left..<right`, counted from 0 at the upper left.
public struct PixelBox: Sendable, Codable, Hashable {
    public var top: Int
    public var left: Int
    public var bottom: Int
    public var right: Int

    public init(top: Int, left: Int, bottom: Int, right: Int) {
        self.top = top
        self.left = left
        self.bottom = bottom
        self.right = right
    }

    public var height: Int { bottom - top }
    public var width: Int { right - left }
    public var isEmpty: Bool { height <= 0 || width <= 0 }

    /// The smallest box around both.
    func union(_ other: PixelBox) -> PixelBox {
        PixelBox(
            top: min(top, other.top), left: min(left, other.left), bottom: max(bottom, other.bottom),
            right: max(right, other.right))
    }

    /// Pixels that both have, as a part of the smaller one, 0…1.
    func overlap(_ other: PixelBox) -> Double {
        let rows = min(bottom, other.bottom) - max(top, other.top)
        let columns = min(right, other.right) - max(left, other.left)
        guard rows > 0, columns > 0 else { return 0 }
        return Double(rows * columns) / Double(max(1, min(height * width, other.height * other.width)))
    }

    /// The other box lies in this one, but for a sixth of its area at most.
    func isMost(of other: PixelBox) -> Bool {
        let rows = min(bottom, other.bottom) - max(top, other.top)
        let columns = min(right, other.right) - max(left, other.left)
        return rows > 0 && columns > 0 && rows * columns * 6 >= other.height * other.width * 5
    }

    /// With `margin` more pixels on each side, cut to a picture.
    public func grown(by margin: Int, rows: Int, columns: Int) -> PixelBox {
        PixelBox(
            top: max(0, top - margin), left: max(0, left - margin), bottom: min(rows, bottom + margin),
            right: min(columns, right + margin))
    }

    /// Rows and columns changed places.
    var transposed: PixelBox { PixelBox(top: left, left: top, bottom: right, right: bottom) }

    /// In a picture `factor` times as large.
    func scaled(by factor: Int) -> PixelBox {
        PixelBox(top: top * factor, left: left * factor, bottom: bottom * factor, right: right * factor)
    }
}
