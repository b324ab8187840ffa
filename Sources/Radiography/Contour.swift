/// Marching squares: the lines along which a map crosses a level, as closed loops.
///
/// The map is surrounded by a ring of zeros, so that every line closes, also at the edge of the picture.
struct Contour {
    typealias Point = HeatRegion.Point

    let map: HeatMap
    let level: Float

    private var width: Int { map.columns + 2 }
    private var height: Int { map.rows + 2 }

    private func value(_ row: Int, _ column: Int) -> Float {
        guard row > 0, column > 0, row <= map.rows, column <= map.columns else { return 0 }
        return map.values[(row - 1) * map.columns + column - 1]
    }

    /// Loops in grid coordinates of the map (0 is the centre of the first cell), the inside on the left hand.
    func loops() -> [[Point]] {
        var next: [Int: Int] = [:]
        var starts: [Int] = []
        for row in 0..<(height - 1) {
            for column in 0..<(width - 1) {
                for (from, to) in crossings(row, column) {
                    next[from] = to
                    starts.append(from)
                }
            }
        }
        var loops: [[Point]] = []
        for start in starts where next[start] != nil {
            var loop: [Point] = []
            var edge = start
            while let following = next.removeValue(forKey: edge) {
                loop.append(crossingPoint(edge))
                edge = following
            }
            loops.append(loop)
        }
        return loops
    }

    /// An edge has the number of its upper or left node, doubled; the odd number is the edge that runs down.
    private func crossings(_ row: Int, _ column: Int) -> [(Int, Int)] {
        let corners = [
            value(row, column), value(row, column + 1), value(row + 1, column + 1), value(row + 1, column),
        ]
        let pattern = corners.reduce(0) { $0 << 1 | ($1 >= level ? 1 : 0) }
        guard pattern != 0, pattern != 15 else { return [] }
        let top = 2 * (row * width + column)
        let left = top + 1
        let right = left + 2
        let bottom = top + 2 * width
        let isJoined = corners.reduce(0, +) / 4 >= level
        // Bits from high to low: upper left, upper right, lower right, lower left.
        switch pattern {
        case 1: return [(bottom, left)]
        case 2: return [(right, bottom)]
        case 3: return [(right, left)]
        case 4: return [(top, right)]
        case 5: return isJoined ? [(top, left), (bottom, right)] : [(top, right), (bottom, left)]
        case 6: return [(top, bottom)]
        case 7: return [(top, left)]
        case 8: return [(left, top)]
        case 9: return [(bottom, top)]
        case 10: return isJoined ? [(right, top), (left, bottom)] : [(left, top), (right, bottom)]
        case 11: return [(right, top)]
        case 12: return [(left, right)]
        case 13: return [(bottom, right)]
        default: return [(left, bottom)]
        }
    }

    private func crossingPoint(_ edge: Int) -> Point {
        let row = edge / 2 / width
        let column = edge / 2 % width
        let runsDown = edge % 2 == 1
        let first = value(row, column)
        let second = runsDown ? value(row + 1, column) : value(row, column + 1)
        let part = second == first ? 0.5 : min(max((level - first) / (second - first), 0), 1)
        return Point(
            x: Float(column - 1) + (runsDown ? 0 : part), y: Float(row - 1) + (runsDown ? part : 0))
    }

    /// Takes away the corners that matter least (Visvalingam), until each remaining one spans more than `tolerance`
    /// square pixels with its neighbours and there are not too many.
    static func simplified(_ points: [Point], tolerance: Float) -> [Point] {
        var kept: [Point] = []
        for point in points where point != kept.last { kept.append(point) }
        if kept.count > 1, kept.first == kept.last { kept.removeLast() }
        func weight(_ index: Int) -> Float {
            let before = kept[(index + kept.count - 1) % kept.count]
            let after = kept[(index + 1) % kept.count]
            return abs(triangleArea(before, kept[index], after))
        }
        var weights = kept.indices.map(weight)
        while kept.count > 3 {
            var least = 0
            for index in weights.indices where weights[index] < weights[least] { least = index }
            guard weights[least] < tolerance || kept.count > RadiographyLimits.maximumVertices else { break }
            kept.remove(at: least)
            weights.remove(at: least)
            for neighbour in [least % kept.count, (least + kept.count - 1) % kept.count] {
                weights[neighbour] = weight(neighbour)
            }
        }
        return kept
    }

    private static func triangleArea(_ a: Point, _ b: Point, _ c: Point) -> Float {
        ((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y)) / 2
    }

    /// The area inside a closed outline in square pixels; negative if it runs against the clock on the screen.
    static func signedArea(_ points: [Point]) -> Float {
        guard points.count >= 3 else { return 0 }
        var twice = 0.0
        for (index, point) in points.enumerated() {
            let after = points[(index + 1) % points.count]
            twice += Double(point.x) * Double(after.y) - Double(after.x) * Double(point.y)
        }
        return Float(twice / 2)
    }
}
