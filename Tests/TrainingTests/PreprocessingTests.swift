import Foundation
import Testing

@testable import Training

@Suite struct PreprocessingTests {
    private func picture(_ image: GrayImage) -> LabelledPicture {
        LabelledPicture(
            image: image, table: image.percentileTable(), label: 0, patientGroup: "", fingerprint: [], row: 2)
    }

    private func plain(_ image: GrayImage, _ size: Int, mean: Float = 0, std: Float = 1) -> [Float] {
        image.networkInput(width: size, height: size, mean: mean, std: std)
    }

    @Test func percentilesFallOnZeroAndOneAndWhatIsBeyondIsClamped() throws {
        // 1000 pixels: four at 0, 992 spread over 100...200, four at 255.
        let pixels =
            [UInt8](repeating: 0, count: 4) + (0..<992).map { UInt8(100 + $0 * 101 / 992) }
            + [UInt8](repeating: 255, count: 4)
        let table = try GrayImage(rows: 10, columns: 100, pixels: pixels).percentileTable()
        #expect(table[0] == 0 && table[100] == 0 && table[200] == 1 && table[255] == 1)
        #expect(abs(table[150] - 0.5) < 1e-6)
    }

    @Test func aBlankPictureGivesZerosBeforeNormalisation() throws {
        let image = try GrayImage(rows: 4, columns: 4, pixels: [UInt8](repeating: 77, count: 16))
        #expect(plain(image, 2, mean: 0.5, std: 0.25) == [-2, -2, -2, -2])
    }

    @Test func areasAreAveragedExactlyAlsoWhereTheyDoNotDivide() throws {
        // 3 x 3 to 2 x 2: each output covers 1.5 x 1.5 source pixels.
        let image = try GrayImage(rows: 3, columns: 3, pixels: [0, 0, 0, 0, 255, 0, 0, 0, 255])
        let values = plain(image, 2)
        let expected: [Float] = [0.25 / 2.25, 0.25 / 2.25, 0.25 / 2.25, 1.25 / 2.25]
        for (value, exact) in zip(values, expected) { #expect(abs(value - exact) < 1e-6) }
    }

    @Test func anOblongPictureIsSquashed() throws {
        let image = try GrayImage(rows: 2, columns: 4, pixels: [0, 0, 255, 255, 0, 0, 255, 255])
        #expect(plain(image, 2) == [0, 1, 0, 1])
    }

    @Test func noVariationLeavesThePictureNearlyAsItIs() throws {
        // Smooth, so that sampling and averaging agree.
        var pixels: [UInt8] = []
        for row in 0..<64 { for column in 0..<64 { pixels.append(UInt8(column * 2 + row)) } }
        let image = try GrayImage(rows: 64, columns: 64, pixels: pixels)
        var random = RandomSource(seed: 1)
        var settings = AugmentationSettings()
        settings.strength = 0
        let none = Augmentation(settings, random: &random)
        let preprocessing = Preprocessing(size: 32, mean: 0, std: 1)
        let plain = plain(image, 32)
        let varied: [Float] = preprocessing.input(picture(image), varied: none)
        for (a, b) in zip(plain, varied) { #expect(abs(a - b) < Float(0.01)) }
    }

    @Test func variationsStayWithinBlackAndWhiteAndDiffer() throws {
        let image = try Drawn.image(1)
        let preprocessing = Preprocessing(size: 28, mean: 0, std: 1)
        var settings = AugmentationSettings()
        (settings.contrast, settings.noise, settings.cutout) = (1, 0.3, 1)
        var seen: Set<[Float]> = []
        for stream in 0..<20 {
            var random = RandomSource(seed: 5, UInt64(stream))
            let values = preprocessing.input(picture(image), varied: Augmentation(settings, random: &random))
            #expect(values.count == 28 * 28)
            let isInRange = values.allSatisfy { (0...1).contains($0) }
            #expect(isInRange)
            seen.insert(values)
        }
        #expect(seen.count == 20)
    }

    @Test func aMirroredPictureIsTheMirrorImageAndOnlyOnDemand() throws {
        // Black to the left, white to the right.
        let image = try GrayImage(rows: 8, columns: 8, pixels: (0..<64).map { $0 % 8 < 4 ? 0 : 255 })
        func leftIsDark(_ settings: AugmentationSettings, _ stream: UInt64) -> Bool {
            var random = RandomSource(seed: 3, stream)
            let varied = Augmentation(settings, random: &random)
            return Preprocessing(size: 8, mean: 0, std: 1).input(picture(image), varied: varied)[8 * 4] < 0.5
        }
        var still = AugmentationSettings()
        (still.rotation, still.shift, still.zoom, still.stretch, still.cutout) = (0, 0, 0, 0, 0)
        (still.gamma, still.gain, still.brightness) = (0, 0, 0)
        #expect((0..<40).allSatisfy { leftIsDark(still, $0) })
        still.horizontalFlip = true
        let kept = (0..<40).count { leftIsDark(still, UInt64($0)) }
        #expect(kept > 8 && kept < 32)
    }

    @Test func impossiblePicturesAreRefused() {
        #expect(throws: TrainingError.undecodable) { try GrayImage(rows: 2, columns: 2, pixels: [1, 2, 3]) }
        #expect(throws: TrainingError.undecodable) { try GrayImage(rows: 0, columns: 2, pixels: []) }
        #expect(throws: TrainingError.undecodable) { try GrayImage(rows: .max, columns: 2, pixels: [1]) }
    }
}
