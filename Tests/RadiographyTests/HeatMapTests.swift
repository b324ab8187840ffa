import Testing

@testable import Radiography

@Suite("Heat map regions")
struct HeatMapTests {
    private func map(_ rows: Int, _ columns: Int, hot: [(Int, Int)], value: Float = 1) throws -> HeatMap {
        var values = [Float](repeating: 0, count: rows * columns)
        for (row, column) in hot { values[row * columns + column] = value }
        return try HeatMap(rows: rows, columns: columns, values: values)
    }

    @Test("a hot spot is outlined where it lies")
    func place() throws {
        let regions = try map(10, 10, hot: [(6, 2)]).regions(rows: 1000, columns: 500)
        try #require(regions.count == 1)
        let xs = regions[0].vertices.map(\.x)
        let ys = regions[0].vertices.map(\.y)
        // The middle of cell (6, 2) lies at column 125, row 650.
        #expect((xs.min() ?? 0) > 80 && (xs.max() ?? 999) < 170)
        #expect((ys.min() ?? 0) > 560 && (ys.max() ?? 9999) < 740)
        #expect(regions[0].areaFraction > 0.004 && regions[0].areaFraction < 0.02)
    }

    @Test("an outline closes on itself, its graphic data repeats the first corner")
    func closed() throws {
        let region = try #require(try map(8, 8, hot: [(3, 3), (3, 4)]).regions(rows: 80, columns: 80).first)
        let data = region.closedGraphicData
        #expect(data.count == (region.vertices.count + 1) * 2)
        #expect(Array(data.prefix(2)) == Array(data.suffix(2)))
    }

    @Test("a map at its edge is outlined inside the picture")
    func edge() throws {
        for cell in [(0, 0), (0, 7), (7, 0), (7, 7), (0, 3), (7, 3), (3, 0), (3, 7)] {
            let regions = try map(8, 8, hot: [cell]).regions(rows: 300, columns: 200)
            try #require(regions.count == 1)
            #expect(regions[0].vertices.allSatisfy { (0...200).contains($0.x) && (0...300).contains($0.y) })
        }
        let everything = try HeatMap(rows: 4, columns: 4, values: [Float](repeating: 1, count: 16))
        let whole = try #require(everything.regions(rows: 300, columns: 200).first)
        #expect(whole.areaFraction > 0.98)
    }

    @Test("below the level there is no region")
    func nothing() throws {
        #expect(try map(8, 8, hot: [(3, 3)], value: 0.4).regions(rows: 300, columns: 200).isEmpty)
    }

    @Test("several regions come with the largest first, and holes are filled")
    func several() throws {
        let ring = [(2, 2), (2, 3), (2, 4), (3, 2), (3, 4), (4, 2), (4, 3), (4, 4)]
        let regions = try map(12, 12, hot: ring + [(9, 9)]).regions(rows: 1200, columns: 1200)
        try #require(regions.count == 2)
        #expect(regions[0].areaFraction > regions[1].areaFraction)
        #expect(regions[0].vertices.allSatisfy { $0.x < 600 })
    }

    @Test("regions and corners are limited")
    func limits() throws {
        let many = (0..<6).flatMap { row in (0..<6).map { (row * 4 + 1, $0 * 4 + 1) } }
        let regions = try map(24, 24, hot: many).regions(rows: 500, columns: 500)
        #expect(regions.count == RadiographyLimits.maximumRegions)
        var state: UInt64 = 5
        let wild = (0..<(60 * 60)).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return state >> 63 == 0 ? 1 : 0
        }
        for region in try HeatMap(rows: 60, columns: 60, values: wild).regions(rows: 2000, columns: 2000) {
            #expect(region.vertices.count <= RadiographyLimits.maximumVertices)
        }
    }

    @Test("diagonal neighbours are joined or parted, never torn")
    func saddle() throws {
        for hot in [[(3, 3), (4, 4)], [(3, 4), (4, 3)]] {
            let regions = try map(8, 8, hot: hot).regions(rows: 800, columns: 800)
            #expect((1...2).contains(regions.count))
            #expect(regions.map(\.areaFraction).reduce(0, +) > 0.015)
        }
    }

    @Test("refining keeps the scale and the place of the strongest cell")
    func refining() throws {
        let fine = try map(7, 7, hot: [(2, 5)], value: 0.8).refined()
        #expect(min(fine.rows, fine.columns) >= 112)
        let strongest = fine.values.max() ?? 0
        #expect(abs(strongest - 0.8) < 0.02)
        let index = fine.values.firstIndex(of: strongest) ?? 0
        #expect(abs(Float(index / fine.columns) / Float(fine.rows) - 2.5 / 7) < 0.02)
        #expect(abs(Float(index % fine.columns) / Float(fine.columns) - 5.5 / 7) < 0.02)
    }

    @Test("malformed maps are refused, wild values tamed")
    func malformed() throws {
        #expect(throws: RadiographyError.malformedHeatMap(rows: 2, columns: 2, values: 3)) {
            try HeatMap(rows: 2, columns: 2, values: [1, 2, 3])
        }
        #expect(throws: RadiographyError.self) { try HeatMap(rows: 0, columns: 0, values: []) }
        #expect(throws: RadiographyError.self) {
            try HeatMap(rows: 1, columns: 513, values: [Float](repeating: 0, count: 513))
        }
        #expect(try HeatMap(rows: 1, columns: 3, values: [-1, .nan, 7]).values == [0, 0, 1])
    }
}
