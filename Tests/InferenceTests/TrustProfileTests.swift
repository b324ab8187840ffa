import DICOMCore
import Foundation
import ModelCard
import Passage
import Radiography
import Testing

@testable import Inference

@Suite struct TrustProfileTests {
    /// Values that look drawn, the same in every run.
    private struct Noise {
        var state: UInt64
        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 24) - 0.5
        }
    }

    /// A bright middle, dark lungs, bright below: as a chest from afar, with noise.
    private static func chest(_ noise: inout Noise) -> [Float] {
        var grid: [Float] = []
        for y in 0..<16 {
            for x in 0..<16 {
                var value: Float = 0.5
                if (2...5).contains(x) || (10...13).contains(x) { value = 0.2 }
                if (7...8).contains(x) { value = 0.9 }
                if y > 11 { value = 0.8 }
                if x > 8, y > 8 { value += 0.2 }
                grid.append(value + noise.next() * 0.3)
            }
        }
        return grid
    }

    /// Features of which two directions matter.
    private static func features(_ noise: inout Noise) -> [Float] {
        let (a, b) = (noise.next() * 4, noise.next() * 2)
        return (0..<12).map { a * Float($0 % 3) + b * Float($0 % 2) + noise.next() * 0.1 + 1 }
    }

    private static func profile() throws -> TrustProfile {
        var noise = Noise(state: 1)
        var calibration = TrustCalibration()
        for index in 0..<500 {
            calibration.add(
                input: chest(&noise), width: 16, height: 16, features: features(&noise), isHeldOut: index % 4 == 0)
        }
        return try #require(calibration.profile(modelHash: "ab"))
    }

    private func turned(_ grid: [Float]) -> [Float] { (0..<256).map { grid[($0 % 16) * 16 + 15 - $0 / 16] } }

    @Test func uprightInvertedAndTurnedChestsAreToldApart() throws {
        let trust = try Self.profile()
        var noise = Noise(state: 99)
        for _ in 0..<50 {
            let grid = Self.chest(&noise)
            let upright = trust.pose(input: grid, width: 16, height: 16)
            #expect(!trust.isInverted(upright) && !trust.isTurned(upright))
            #expect(trust.isInverted(trust.pose(input: grid.map { 1 - $0 }, width: 16, height: 16)))
            #expect(trust.isTurned(trust.pose(input: turned(turned(grid)), width: 16, height: 16)))
        }
    }

    @Test func whatLiesBesideTheTrainingFeaturesIsFar() throws {
        let trust = try Self.profile()
        var noise = Noise(state: 5)
        let usual = try (0..<200).map { _ in try #require(trust.place(features: Self.features(&noise))).distance }
        #expect(usual.filter { $0 > 1 }.count <= 10 && usual.allSatisfy { $0 < trust.farBound })
        let strange = (0..<12).map { Float($0 % 5) * 3 }
        #expect(try #require(trust.place(features: strange)).distance > trust.farBound)
        #expect(trust.place(features: [1, 2]) == nil)
    }

    @Test func calibrationIsDeterministicAndWantsEnough() throws {
        #expect(try Self.profile() == Self.profile())
        #expect(TrustCalibration().profile(modelHash: "ab") == nil)
    }

    @Test func aProfileServesOnlyTheWeightsThatItWasMadeFor() throws {
        #expect(TrustProfile.builtIn(for: "00") == nil)
        let decoded = try JSONDecoder().decode(TrustProfile.self, from: JSONEncoder().encode(Self.profile()))
        #expect(try decoded == Self.profile())
    }

    @Test func byPolicyAStrangeImageIsRefusedOrMarked() throws {
        let trust = try Self.profile()
        let json = #"{"minimumAgeYears": 1, "maximumAgeYears": 5, "views": ["AP"]}"#
        let population = try JSONDecoder().decode(ModelCard.Population.self, from: Data(json.utf8))
        let inverted = TrustProfile.Pose(invertedLead: trust.polarityBound + 1, turnedLead: -10)
        let turned = TrustProfile.Pose(invertedLead: -10, turnedLead: trust.orientationBound + 1)
        let far = TrustProfile.Place(distance: trust.farBound + 1, embedding: [])
        let unusual = TrustProfile.Place(distance: 1.5, embedding: [])
        let strict = EligibilityRule(population: population, policy: .mark, image: .refuse)
        #expect(strict.judge(inverted, trust).refusal == .polarity)
        #expect(strict.judge(turned, trust).refusal == .orientation)
        #expect(strict.judge(far, trust).refusal == .distribution)
        #expect(strict.judge(unusual, trust) == Eligibility(remarks: [.distributionUnusual]))
        let lenient = EligibilityRule(population: population, policy: .mark, image: .mark)
        #expect(lenient.judge(inverted, trust).remarks == [.polaritySuspected])
        #expect(lenient.judge(turned, trust).remarks == [.orientationSuspected])
        #expect(lenient.judge(far, trust).remarks == [.distributionUnusual])
    }
}
