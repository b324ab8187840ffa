import Foundation
import Radiography
import Testing

@testable import Drift

@Suite struct DistanceTests {
    @Test func equalCountsAreNotApart() throws {
        let counts = (0..<255).map { $0 % 7 }
        let distance = try #require(Distance(reference: counts, window: counts, isKinds: false))
        #expect(distance.ks == 0 && distance.wasserstein == 0 && distance.psi == 0 && distance.chance == 1)
    }

    @Test func aShiftIsMeasuredInStandardDeviations() throws {
        // A bell over steps, and the same five steps on.
        func bell(_ middle: Double) -> [Int] {
            (0..<255).map { Int(2000 * exp(-pow((Double($0) - middle) / 10, 2) / 2)) }
        }
        let distance = try #require(Distance(reference: bell(100), window: bell(105), isKinds: false))
        #expect(abs(distance.wasserstein - 0.5) < 0.01)
        // Φ(0.25) − Φ(−0.25), and the PSI of two normal laws, δ² for small δ.
        #expect(abs(distance.ks - 0.1974) < 0.005)
        #expect(abs(distance.psi - 0.25) < 0.03)
        #expect(distance.chance < 1e-100)
    }

    @Test func theTailsAreThoseOfTheTables() {
        #expect(abs(Distance.normalTail(1.959964) - 0.05) < 1e-6)
        // Critical values of Kolmogorov's law for large samples: 1.3581 at 0.05, 1.6276 at 0.01.
        for (lambda, chance) in [(1.3581, 0.05), (1.6276, 0.01)] {
            let tail = Distance.kolmogorovTail(lambda / sqrt(5e7), 1e8, 1e8)
            #expect(abs(tail - chance) < 0.0002)
        }
    }

    @Test func theKindThatChangedIsNamed() throws {
        let distance = try #require(
            Distance(reference: [700, 250, 50], window: [350, 125, 525], isKinds: true))
        #expect(distance.kind == 2 && abs(distance.after - 0.525) < 1e-12 && abs(distance.before - 0.05) < 1e-12)
        #expect(abs(distance.ks - 0.475) < 1e-12)
    }

    @Test func withoutImagesThereIsNoDistance() {
        #expect(Distance(reference: [1, 2], window: [0, 0], isKinds: true) == nil)
        #expect(Distance(reference: [0, 0], window: [1, 0], isKinds: true) == nil)
    }

    @Test func aProfileSurvivesItsEncodingAndDamageIsRefused() throws {
        var department = DriftSimulation(seed: 1)
        let profile = ReferenceProfile(department.images(50))
        let encoded = try JSONEncoder().encode(profile)
        #expect(try JSONDecoder().decode(ReferenceProfile.self, from: encoded) == profile)
        for damage in [#"{"images":1,"features":{"score":[999,1]}}"#, #"{"images":1,"features":{"score":[1,-1]}}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(ReferenceProfile.self, from: Data(damage.utf8))
            }
        }
    }

    @Test func stepsComeBackAsTheirValues() {
        for (feature, value) in [(Feature.brightness, 0.48), (.signalMedian, 1200), (.polarity, -0.3), (.score, 2.2)] {
            var sample = FeatureSample()
            #expect(sample[feature] == nil)
            sample.set(feature, value)
            let back = sample[feature].map { feature.value(Double($0)) } ?? .nan
            #expect(abs(back / value - 1) < 0.05)
            sample.set(feature, .nan)
            #expect(sample[feature] == nil)
        }
    }

    @Test func aPictureWithBlackAndWhiteExchangedHasTheOppositePolarity() throws {
        // A bright middle between dark lungs.
        let values = (0..<64 * 64).map { index -> Float in
            let x = index % 64
            return (28..<36).contains(x) ? 0.9 : (10..<24).contains(x) || (40..<54).contains(x) ? 0.2 : 0.5
        }
        let upright = try Picture(rows: 64, columns: 64, values: values)
        let inverted = try Picture(rows: 64, columns: 64, values: values.map { 1 - $0 })
        let (a, b) = (try #require(PictureTexture(upright)), try #require(PictureTexture(inverted)))
        #expect(a.polarity > 0.5 && abs(a.polarity + b.polarity) < 1e-5 && abs(a.edges - b.edges) < 1e-6)
        #expect(PictureTexture(try Picture(rows: 8, columns: 64, values: Array(values.prefix(512)))) == nil)
    }
}
