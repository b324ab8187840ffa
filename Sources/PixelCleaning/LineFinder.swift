/// Components side by side like the characters of a line.
struct LineCandidate {
    let components: [Component]
    /// Characters that it would have: components, and more where some touch.
    let characters: Int
    let isVertical: Bool
    let box: PixelBox
}

enum LineFinder {
    /// More components than this at one threshold are texture, not text; a page of text has a tenth of it.
    static let mostComponents = 6_000

    /// Chains of at least three components. Writing along columns is found by the same code on transposed boxes.
    static func lines(_ components: [Component], isVertical: Bool) -> [LineCandidate] {
        let letters = components.enumerated().compactMap { index, component -> Letter? in
            let box = isVertical ? component.box.transposed : component.box
            guard TextDetector.glyphHeights.contains(box.height), box.width * 2 <= box.height * 7, component.area >= 8
            else { return nil }
            return Letter(index: index, box: box, strength: component.meanResponse)
        }.sorted { $0.box.left < $1.box.left }
        guard letters.count >= 3, letters.count <= mostComponents else { return [] }

        var next = [Int?](repeating: nil, count: letters.count)
        var previous = [(index: Int, distance: Double)?](repeating: nil, count: letters.count)
        let tallest = letters.map(\.box.height).max() ?? 0
        for (index, letter) in letters.enumerated() {
            var best: (index: Int, distance: Double)?
            for other in (index + 1)..<max(index + 1, letters.count) {
                if letters[other].box.left > letter.box.right + tallest * 3 / 2 { break }
                guard let distance = letter.distance(to: letters[other]), distance < best?.distance ?? .infinity else {
                    continue
                }
                best = (other, distance)
            }
            guard let best else { continue }
            // Of several that want the same successor the nearest gets it.
            if let rival = previous[best.index] {
                guard best.distance < rival.distance else { continue }
                next[rival.index] = nil
            }
            previous[best.index] = (index, best.distance)
            next[index] = best.index
        }
        return letters.indices.filter { previous[$0] == nil && next[$0] != nil }.compactMap { start in
            var chain: [Int] = []
            var current: Int? = start
            while let index = current {
                chain.append(index)
                current = next[index]
            }
            guard chain.count >= 3 else { return nil }
            return candidate(chain.map { letters[$0] }, components, isVertical: isVertical)
        }
    }

    private static func candidate(
        _ letters: [Letter], _ components: [Component], isVertical: Bool
    ) -> LineCandidate? {
        let heights = letters.map(\.box.height).sorted()
        let height = Double(heights[heights.count * 3 / 4])
        let characters = letters.reduce(0) { sum, letter in
            sum + max(1, Int((Double(letter.box.width) / (height * 0.8)).rounded()))
        }
        let members = letters.map { components[$0.index] }
        return LineCandidate(
            components: members, characters: characters, isVertical: isVertical,
            box: members.dropFirst().reduce(members[0].box) { $0.union($1.box) })
    }

    private struct Letter {
        let index: Int
        let box: PixelBox
        let strength: Double

        /// How far the next letter is, in letter heights; `nil` if it cannot be the next one.
        func distance(to other: Letter) -> Double? {
            let (small, large) = (min(box.height, other.box.height), max(box.height, other.box.height))
            guard Double(large) <= 2 * Double(small) else { return nil }
            let overlap = min(box.bottom, other.box.bottom) - max(box.top, other.box.top)
            guard overlap * 5 >= small * 3 else { return nil }
            let gap = Double(other.box.left - box.right)
            guard gap >= -0.3 * Double(small), gap <= 1.3 * Double(large) else { return nil }
            guard min(strength, other.strength) >= 0.55 * max(strength, other.strength) else { return nil }
            let slip = min(abs(box.bottom - other.box.bottom), abs(box.top - other.box.top))
            return (max(gap, 0) + 2 * Double(slip)) / Double(large)
        }
    }
}
