/// Pixels of one response that hang together, by sides or corners.
struct Component {
    var box: PixelBox
    var area = 0
    /// Sum of the response.
    var response = 0
    /// Largest response.
    var peak: UInt8 = 0
    /// Sum and sum of squares of the plane's values.
    var sum = 0
    var squares = 0
    /// Where its runs stand in the list that it was made from.
    var runs: [Int32] = []

    var meanResponse: Double { Double(response) / Double(max(1, area)) }

    /// Mean and standard deviation of the plane's values.
    var level: (mean: Double, deviation: Double) {
        let mean = Double(sum) / Double(max(1, area))
        return (mean, max(0, Double(squares) / Double(max(1, area)) - mean * mean).squareRoot())
    }

    /// The part of its box that it fills, 0…1.
    var fill: Double { Double(area) / Double(max(1, box.height * box.width)) }
}

enum ComponentFinder {
    /// Joins runs (ascending by row, then column) into components; leaves out those whose box is not of the size of a
    /// glyph. `response` and `plane` have `columns` values in a row.
    static func components(
        _ runs: [PixelRun], response: [UInt8], plane: [UInt8], columns: Int, heights: ClosedRange<Int>, widest: Int
    ) -> [Component] {
        var parents = Array(runs.indices.map { Int32($0) })
        func root(_ index: Int) -> Int {
            var index = index
            while Int(parents[index]) != index {
                parents[index] = parents[Int(parents[index])]
                index = Int(parents[index])
            }
            return index
        }
        var above = 0..<0
        var current = 0
        while current < runs.count {
            let row = runs[current].row
            var end = current
            while end < runs.count, runs[end].row == row { end += 1 }
            if let last = above.last, runs[last].row == row - 1 {
                var candidate = above.lowerBound
                for index in current..<end {
                    while candidate < above.upperBound, runs[candidate].end < runs[index].first { candidate += 1 }
                    var other = candidate
                    while other < above.upperBound, runs[other].first <= runs[index].end {
                        let (one, two) = (root(index), root(other))
                        if one < two { parents[two] = Int32(one) } else { parents[one] = Int32(two) }
                        other += 1
                    }
                }
            }
            above = current..<end
            current = end
        }
        return collect(runs, roots: runs.indices.map(root), heights: heights, widest: widest).map {
            measured($0, runs, response: response, plane: plane, columns: columns)
        }
    }

    private static func collect(
        _ runs: [PixelRun], roots: [Int], heights: ClosedRange<Int>, widest: Int
    ) -> [Component] {
        var boxes = runs.map {
            PixelBox(top: Int($0.row), left: Int($0.first), bottom: Int($0.row) + 1, right: Int($0.end))
        }
        for (index, root) in roots.enumerated() where root != index { boxes[root] = boxes[root].union(boxes[index]) }
        var numbers = [Int32](repeating: -1, count: runs.count)
        var found: [Component] = []
        for (index, root) in roots.enumerated() {
            let box = boxes[root]
            guard heights.contains(box.height) || heights.contains(box.width), box.height <= widest,
                box.width <= widest
            else { continue }
            if numbers[root] < 0 {
                numbers[root] = Int32(found.count)
                found.append(Component(box: box))
            }
            found[Int(numbers[root])].runs.append(Int32(index))
        }
        return found
    }

    private static func measured(
        _ component: Component, _ runs: [PixelRun], response: [UInt8], plane: [UInt8], columns: Int
    ) -> Component {
        var component = component
        for run in component.runs.map({ runs[Int($0)] }) {
            let start = Int(run.row) * columns
            for index in (start + Int(run.first))..<(start + Int(run.end)) {
                let strength = response[index]
                let value = Int(plane[index])
                component.response += Int(strength)
                component.peak = max(component.peak, strength)
                component.sum += value
                component.squares += value * value
            }
            component.area += Int(run.end - run.first)
        }
        return component
    }
}
