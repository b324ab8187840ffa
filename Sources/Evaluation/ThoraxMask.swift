/// Roughly where the thorax is in a frontal chest radiograph: the convex hull around both lungs and their mirror images.
///
/// Lungs are what is darker than its wide surroundings, does not touch the sides of the picture and lies in its middle;
/// consolidated lung is not dark, which the mirror image of the other side makes good. The mask is a yardstick for heat
/// maps, not a segmentation. Pure.
public struct ThoraxMask: Sendable, Hashable {
    public let side: Int
    /// `[side][side]`, row by row.
    public let isInside: [Bool]
    /// `false` where two lungs were not found: the mask is then the middle of the picture.
    public let isFound: Bool

    /// Radius, in parts of the side, over which noise is smoothed, and over which surroundings are taken.
    private static let (near, wide) = (1.0 / 48, 1.0 / 7)
    /// How much darker than its surroundings lung is, on the scale 0…1 of the spread picture.
    private static let contrast: Float = 0.02
    /// The least part of the picture that one lung takes.
    private static let lungPart = 0.01
    /// Parts of the picture that a thorax takes; a mask beyond them is not believed.
    private static let plausible = 0.12...0.65
    /// Where lungs lie, and the middle of the picture as a mask, in parts of the side.
    private static let (centreRows, centreColumns) = (0.2...0.75, 0.1...0.9)
    private static let (middleRows, middleColumns) = (0.12..<0.85, 0.12..<0.88)

    /// Looks for the lungs on a square of gray values 0…1, `[side][side]`, air dark; a side of about a hundred is meant.
    public init(_ gray: [Float], side: Int) {
        precondition(side >= 16 && gray.count == side * side, "a square of gray values")
        self.side = side
        let smooth = Self.boxMean(gray, side: side, radius: max(1, Int(Double(side) * Self.near)))
        let around = Self.boxMean(gray, side: side, radius: Int(Double(side) * Self.wide))
        let dark = gray.indices.map { smooth[$0] < around[$0] - Self.contrast }
        let lungs = Self.lungs(Self.eroded(dark, side: side), side: side)
        if let (left, right) = lungs,
            let hull = Self.hull(left, right, side: side),
            Self.plausible.contains(Double(hull.count { $0 }) / Double(hull.count))
        {
            (isInside, isFound) = (hull, true)
        } else {
            isInside = gray.indices.map {
                Self.middleRows.contains(Double($0 / side) / Double(side))
                    && Self.middleColumns.contains(Double($0 % side) / Double(side))
            }
            isFound = false
        }
    }

    /// Means over squares, the picture continued beyond its edges by its last line.
    private static func boxMean(_ gray: [Float], side: Int, radius: Int) -> [Float] {
        func lines(_ source: [Float]) -> [Float] {
            var result = [Float](repeating: 0, count: source.count)
            for line in 0..<side {
                func at(_ index: Int) -> Float { source[line * side + min(max(index, 0), side - 1)] }
                var sum = (-radius...radius).reduce(Float(0)) { $0 + at($1) }
                for place in 0..<side {
                    // Turned on its side, so that the second pass runs along columns.
                    result[place * side + line] = sum / Float(2 * radius + 1)
                    sum += at(place + radius + 1) - at(place - radius)
                }
            }
            return result
        }
        return lines(lines(gray))
    }

    /// Without the cells whose neighbours are not all set: parts that hang together by a thread come apart.
    private static func eroded(_ cells: [Bool], side: Int) -> [Bool] {
        cells.indices.map { index in
            let (row, column) = (index / side, index % side)
            return cells[index] && row > 0 && column > 0 && row < side - 1 && column < side - 1
                && cells[index - 1] && cells[index + 1] && cells[index - side] && cells[index + side]
        }
    }

    /// The largest fitting component of each half.
    private static func lungs(_ cells: [Bool], side: Int) -> (left: [Int], right: [Int])? {
        var isSeen = [Bool](repeating: false, count: cells.count)
        var found: (left: [Int], right: [Int]) = ([], [])
        for start in cells.indices where cells[start] && !isSeen[start] {
            var component = [start]
            isSeen[start] = true
            var next = 0
            while next < component.count {
                let cell = component[next]
                next += 1
                // The border is never set, so that every cell has four neighbours.
                for neighbour in [cell - 1, cell + 1, cell - side, cell + side]
                where cells[neighbour] && !isSeen[neighbour] {
                    isSeen[neighbour] = true
                    component.append(neighbour)
                }
            }
            guard Double(component.count) >= lungPart * Double(cells.count),
                component.allSatisfy({ $0 % side > 1 && $0 % side < side - 2 })
            else { continue }
            let whole = Double(component.count * side)
            let row = Double(component.reduce(0) { $0 + $1 / side }) / whole
            let column = Double(component.reduce(0) { $0 + $1 % side }) / whole
            guard centreRows.contains(row), centreColumns.contains(column) else { continue }
            if column < 0.5 {
                if component.count > found.left.count { found.left = component }
            } else if component.count > found.right.count {
                found.right = component
            }
        }
        return found.left.isEmpty || found.right.isEmpty ? nil : found
    }

    /// The convex hull of both lungs, one cell wider, and of their images in the midline between them.
    private static func hull(_ left: [Int], _ right: [Int], side: Int) -> [Bool]? {
        guard let inner = left.map({ $0 % side }).max(), let outer = right.map({ $0 % side }).min() else { return nil }
        let middle = min(max(Double(inner + outer) / 2, 0.4 * Double(side)), 0.6 * Double(side))
        // For each row the outermost columns; a hull needs no more.
        var edges = [ClosedRange<Int>?](repeating: nil, count: side)
        for cell in left + right {
            for row in max(0, cell / side - 1)...min(side - 1, cell / side + 1) {
                let (low, high) = (cell % side - 1, cell % side + 1)
                let mirrored = [Int((2 * middle).rounded()) - high, Int((2 * middle).rounded()) - low]
                for column in [low, high] + mirrored where column >= 0 && column < side {
                    let edge = edges[row] ?? column...column
                    edges[row] = min(edge.lowerBound, column)...max(edge.upperBound, column)
                }
            }
        }
        let spans = ConvexSpans(edges)
        return (0..<side * side).map { spans.contains(row: $0 / side, column: $0 % side) }
    }
}

/// The convex hull of one span in each row.
private struct ConvexSpans {
    private var spans: [ClosedRange<Double>?]

    init(_ rows: [ClosedRange<Int>?]) {
        spans = rows.map { $0.map { Double($0.lowerBound)...Double($0.upperBound) } }
        let used = spans.indices.filter { spans[$0] != nil }
        guard used.count > 1 else { return }
        let left = Self.chain(used.map { (Double($0), -Double(rows[$0]?.lowerBound ?? 0)) })
        let right = Self.chain(used.map { (Double($0), Double(rows[$0]?.upperBound ?? 0)) })
        for row in used[0]...used[used.count - 1] {
            let (low, high) = (-Self.value(left, at: Double(row)), Self.value(right, at: Double(row)))
            spans[row] = min(low, high)...max(low, high)
        }
    }

    func contains(row: Int, column: Int) -> Bool {
        spans[row].map { $0.lowerBound - 1e-9 <= Double(column) && Double(column) <= $0.upperBound + 1e-9 } ?? false
    }

    /// The upper hull of points in the order of x. Source: Andrew 1979.
    private static func chain(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        var chain: [(x: Double, y: Double)] = []
        for point in points {
            while chain.count > 1 {
                let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
                guard (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) >= 0 else { break }
                chain.removeLast()
            }
            chain.append(point)
        }
        return chain
    }

    private static func value(_ chain: [(x: Double, y: Double)], at x: Double) -> Double {
        for (a, b) in zip(chain, chain.dropFirst()) where x <= b.x {
            return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
        }
        return chain[chain.count - 1].y
    }
}
