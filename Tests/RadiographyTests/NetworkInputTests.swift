import Testing

@testable import Radiography

@Suite("Network input")
struct NetworkInputTests {
    private func picture(rows: Int, columns: Int) throws -> Picture {
        var state: UInt64 = 9
        let values = (0..<(rows * columns)).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Float(state >> 48) / 65536
        }
        return try Picture(rows: rows, columns: columns, values: values)
    }

    /// Every output cell as the integral over its rectangle, the slow and obvious way.
    private func naive(_ picture: Picture, width: Int, height: Int) -> [Float] {
        let (low, high) = (Double(picture.facts.lowPercentile), Double(picture.facts.highPercentile))
        var output: [Float] = []
        for y in 0..<height {
            for x in 0..<width {
                let top = Double(y * picture.rows) / Double(height)
                let bottom = Double((y + 1) * picture.rows) / Double(height)
                let left = Double(x * picture.columns) / Double(width)
                let right = Double((x + 1) * picture.columns) / Double(width)
                var sum = 0.0
                for row in 0..<picture.rows {
                    let high0 = max(0, min(bottom, Double(row + 1)) - max(top, Double(row)))
                    for column in 0..<picture.columns where high0 > 0 {
                        let wide = max(0, min(right, Double(column + 1)) - max(left, Double(column)))
                        let value = (Double(picture.values[row * picture.columns + column]) - low) / (high - low)
                        sum += min(max(value, 0), 1) * wide * high0
                    }
                }
                output.append(Float((sum / ((bottom - top) * (right - left)) - 0.5) / 0.25))
            }
        }
        return output
    }

    @Test("the fast squash agrees with its naive twin", arguments: [(37, 53, 16, 12), (10, 7, 16, 16), (64, 64, 8, 8)])
    func naiveTwin(sizes: (Int, Int, Int, Int)) throws {
        let picture = try picture(rows: sizes.0, columns: sizes.1)
        let fast = PixelPipeline.networkInput(picture, width: sizes.2, height: sizes.3, mean: 0.5, std: 0.25)
        let slow = naive(picture, width: sizes.2, height: sizes.3)
        #expect(fast.count == sizes.2 * sizes.3)
        #expect(zip(fast, slow).allSatisfy { abs($0 - $1) < 2e-5 })
    }

    @Test("the percentiles map to zero and one, and what lies beyond is clamped")
    func percentiles() throws {
        // 1000 pixels: four below and four above the half percent are outliers.
        var values = (0..<1000).map { 0.25 + Float($0) / 2000 }
        for index in 0..<4 {
            values[index] = 0
            values[999 - index] = 1
        }
        let picture = try Picture(rows: 1, columns: 1000, values: values)
        #expect(abs(picture.facts.lowPercentile - 0.252) < 1e-4)
        #expect(abs(picture.facts.highPercentile - 0.747) < 1e-4)
        let input = PixelPipeline.networkInput(picture, width: 1000, height: 1, mean: 0, std: 1)
        #expect(input[0] == 0 && input[999] == 1)
        #expect(abs(input[500] - 0.5) < 2e-3)
    }

    @Test("a blank picture gives the normalised zero everywhere")
    func blank() throws {
        let picture = try Picture(rows: 5, columns: 5, values: [Float](repeating: 0.3, count: 25))
        #expect(
            PixelPipeline.networkInput(picture, width: 2, height: 2, mean: 0.5, std: 0.25) == [-2, -2, -2, -2])
    }

    @Test("the weights of every output cell add up to one and leave no gap")
    func weights() {
        for (source, target) in [(2500, 320), (7, 20), (224, 224), (1, 9)] {
            let weights = AreaWeights(source: source, target: target)
            var perSource = [Float](repeating: 0, count: source)
            for index in 0..<target {
                var sum: Float = 0
                weights.forEach(index) { cell, weight in
                    sum += weight
                    perSource[cell] += weight
                }
                #expect(abs(sum - 1) < 1e-5)
            }
            let each = Float(target) / Float(source)
            #expect(perSource.allSatisfy { abs($0 - each) < 1e-4 * max(each, 1) })
        }
    }

    @Test("values outside zero to one are brought inside, and no-numbers are black")
    func clamping() throws {
        let picture = try Picture(rows: 1, columns: 4, values: [-1, .nan, 2, 0.5])
        #expect(picture.values == [0, 0, 1, 0.5])
        #expect(throws: RadiographyError.self) { try Picture(rows: 2, columns: 2, values: [1]) }
    }
}
