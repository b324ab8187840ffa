import Testing

@testable import Evaluation

@Suite struct ThoraxMaskTests {
    private static let side = 96

    /// A bright body on black air with two dark lungs; `opaque` fills the lower half of the right one.
    private func chest(opaque: Bool = false) -> [Float] {
        (0..<Self.side * Self.side).map { index in
            let (y, x) = (Double(index / Self.side) / 96, Double(index % Self.side) / 96)
            func isIn(_ cx: Double, _ cy: Double, _ rx: Double, _ ry: Double) -> Bool {
                let (dx, dy) = ((x - cx) / rx, (y - cy) / ry)
                return dx * dx + dy * dy < 1
            }
            guard x > 0.08, x < 0.92 else { return 0 }
            if isIn(0.32, 0.45, 0.12, 0.28) { return 0.25 }
            if isIn(0.68, 0.45, 0.12, 0.28) { return opaque && y > 0.42 ? 0.8 : 0.25 }
            return 0.8
        }
    }

    private func covers(_ mask: ThoraxMask, _ y: Double, _ x: Double) -> Bool {
        mask.isInside[Int(y * 96) * Self.side + Int(x * 96)]
    }

    @Test func theMaskHoldsBothLungsAndTheHeartBetweenThemAndNoArmOrBelly() {
        let mask = ThoraxMask(chest(), side: Self.side)
        #expect(mask.isFound)
        for (y, x) in [(0.3, 0.32), (0.6, 0.32), (0.3, 0.68), (0.6, 0.68), (0.5, 0.5)] { #expect(covers(mask, y, x)) }
        for (y, x) in [(0.5, 0.02), (0.5, 0.98), (0.92, 0.5), (0.05, 0.5), (0.5, 0.12)] {
            #expect(!covers(mask, y, x))
        }
    }

    @Test func aConsolidatedLungIsCoveredByTheImageOfTheOther() {
        let mask = ThoraxMask(chest(opaque: true), side: Self.side)
        #expect(mask.isFound)
        #expect(covers(mask, 0.6, 0.68))
    }

    @Test func aPictureWithoutLungsGetsTheMiddleAndSaysSo() {
        let mask = ThoraxMask([Float](repeating: 0.5, count: Self.side * Self.side), side: Self.side)
        #expect(!mask.isFound)
        #expect(covers(mask, 0.5, 0.5) && !covers(mask, 0.02, 0.02))
    }

    @Test func theShareCountsPositiveEvidenceInsideAlone() throws {
        let mask = ThoraxMask(chest(), side: Self.side)
        var map = [Float](repeating: -5, count: 64)
        map[3 * 8 + 3] = 2
        let inside = mask.share(of: map, rows: 8, columns: 8)
        #expect(inside.total > 0 && inside.inside / inside.total > 0.95)
        map[3 * 8 + 3] = -1
        map[0] = 2
        let outside = mask.share(of: map, rows: 8, columns: 8)
        #expect(outside.total > 0 && outside.inside == 0)
        let silent = mask.share(of: [Float](repeating: -1, count: 64), rows: 8, columns: 8)
        let figures = SaliencyFigures([inside, outside, silent])
        #expect(figures.cases == 3 && figures.silent == 1)
        let mean = try #require(figures.meanShare)
        #expect(abs(mean - (inside.inside / inside.total) / 2) < 1e-12)
    }

    @Test func evenEvidenceLiesInsideAsFarAsTheMaskReaches() {
        let mask = ThoraxMask(chest(), side: Self.side)
        let share = mask.share(of: [Float](repeating: 1, count: 49), rows: 7, columns: 7)
        #expect(abs(share.inside / share.total - share.maskShare) < 1e-9)
    }
}
