import DICOMCore
import Testing

@testable import Phantom

@Suite("Phantom")
struct PhantomTests {
    /// FNV-1a over the samples: one number for a whole picture.
    private func digest(_ samples: [UInt16]) -> UInt64 {
        samples.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    @Test("a seed gives the same picture every time, another seed another patient")
    func deterministic() {
        let first = Phantom.radiograph(seed: 1, rows: 96, columns: 80)
        #expect(first == Phantom.radiograph(seed: 1, rows: 96, columns: 80))
        #expect(first != Phantom.radiograph(seed: 2, rows: 96, columns: 80))
    }

    @Test("the picture of a seed stays what it was, release after release")
    func pinned() {
        #expect(digest(Phantom.radiograph(seed: 1, rows: 64, columns: 64)) == 11_683_684_159_701_561_873)
    }

    @Test("samples have 12 bits and use most of them")
    func range() {
        for seed: UInt64 in 1...4 {
            let samples = Phantom.radiograph(seed: seed, rows: 128, columns: 128)
            #expect(samples.count == 128 * 128)
            #expect((samples.max() ?? 0) <= 4095 && (samples.max() ?? 0) > 3000)
            #expect((samples.min() ?? 4095) < 200)
        }
    }

    @Test("lungs are darker than heart and abdomen, and air around the body is black")
    func anatomy() {
        for seed: UInt64 in 1...6 {
            let size = 100
            let samples = Phantom.radiograph(seed: seed, rows: size, columns: size)
            func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Int {
                rows.reduce(0) { sum, row in
                    columns.reduce(sum) { $0 + Int(samples[row * size + $1]) }
                } / (rows.count * columns.count)
            }
            let (right, left) = (mean(30..<50, 25..<38), mean(30..<45, 65..<76))
            let (heart, abdomen) = (mean(52..<58, 48..<54), mean(82..<92, 35..<65))
            #expect(right + 600 < heart && left + 600 < heart)
            #expect(right + 600 < abdomen && left + 600 < abdomen)
            #expect(mean(60..<80, 2..<4) < 200)
        }
    }

    @Test(
        "an opacity brightens its own zone of the same patient, and the mask says where",
        arguments: [
            Phantom.Opacity(side: .right, zone: .lower), .init(side: .left, zone: .middle),
            .init(side: .right, zone: .upper),
        ])
    func opacity(opacity: Phantom.Opacity) {
        let size = 120
        let plain = Phantom.rendering(seed: 5, rows: size, columns: size)
        let ill = Phantom.rendering(seed: 5, rows: size, columns: size, opacity: opacity)
        #expect(!plain.mask.contains(1))
        let inside = ill.mask.indices.filter { ill.mask[$0] == 1 }
        #expect(inside.count > 60 && inside.count < size * size / 8)
        let columns = inside.map { $0 % size }
        #expect(columns.allSatisfy { opacity.side == .right ? $0 < size / 2 : $0 > size / 2 })
        let gain = inside.map { Int(ill.samples[$0]) - Int(plain.samples[$0]) }.reduce(0, +) / max(inside.count, 1)
        #expect(gain > 250)
        let far = (0..<(size * 10)).allSatisfy { ill.samples[$0] == plain.samples[$0] }
        #expect(far)
    }

    @Test(
        "odd sizes are brought into the limits, and nothing traps", arguments: [(0, 0), (8, 5000), (33, 7), (-4, 12)])
    func sizes(size: (Int, Int)) {
        let image = Phantom.rendering(seed: 3, rows: size.0, columns: size.1)
        #expect(image.samples.count == image.rows * image.columns)
        #expect((8...Phantom.maximumSide).contains(image.rows))
        #expect((8...Phantom.maximumSide).contains(image.columns))
    }

    @Test("the home-made sine and exponential are right")
    func arithmetic() {
        for (angle, sine) in [(Float(0), Float(0)), (.pi / 6, 0.5), (.pi / 2, 1), (-.pi / 2, -1), (7, 0.656_986_6)] {
            #expect(abs(Trigonometry.sine(angle) - sine) < 1e-5)
        }
        for (power, value) in [(Float(0), Float(1)), (-1, 0.367_879_4), (-5, 0.006_737_947), (-200, 0)] {
            #expect(abs(Trigonometry.exponential(power) - value) < 1e-5)
        }
    }
}
