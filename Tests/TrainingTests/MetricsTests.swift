import Testing

@testable import Training

@Suite struct MetricsTests {
    @Test func theAreaUnderTheCurveCountsPairsAndHalvesTies() throws {
        #expect(Metrics.auroc([0.1, 0.4, 0.35, 0.8], [false, false, true, true]) == 0.75)
        #expect(Metrics.auroc([1, 2, 3, 4], [false, false, true, true]) == 1)
        #expect(Metrics.auroc([5, 5, 5], [false, true, true]) == 0.5)
        #expect(Metrics.auroc([1, 2], [true, true]) == nil)

        var random = RandomSource(seed: 4)
        let scores = (0..<60).map { _ in Float(random.index(below: 20)) }
        let labels = (0..<60).map { _ in random.unit() < 0.4 }
        var (pairs, wins) = (0.0, 0.0)
        for (score, label) in zip(scores, labels) where label {
            for (other, isOther) in zip(scores, labels) where !isOther {
                pairs += 1
                wins += score > other ? 1 : (score == other ? 0.5 : 0)
            }
        }
        let area = try #require(Metrics.auroc(scores, labels))
        #expect(abs(area - wins / pairs) < 1e-12)
    }

    @Test func aConfusionCountsAtOrAboveTheThresholdAsPositive() {
        let confusion = Confusion([0.2, 0.5, 0.6, 0.4], [false, true, false, true], threshold: 0.5)
        #expect(confusion.truePositives == 1 && confusion.falsePositives == 1)
        #expect(confusion.trueNegatives == 1 && confusion.falseNegatives == 1)
        #expect(confusion.sensitivity == 0.5 && confusion.specificity == 0.5)
    }

    @Test func theThresholdsFollowTheirRule() {
        // 100 positives at 0.010, 0.020, … 1.000.
        let scores = (1...100).map { Float($0) / 100 }
        let labels = scores.map { _ in true }
        let thresholds = Thresholds(scores, labels, sensitivity: 0.95, lowerSensitivity: 0.99)
        #expect(scores.count { Double($0) >= thresholds.upper } == 95)
        #expect(scores.count { Double($0) >= thresholds.lower } == 99)
    }

    @Test func calibrationUndoesAStretchAndAShift() {
        // Labels drawn so that the true logit is x; the model says 3x + 2.
        var random = RandomSource(seed: 8)
        var (logits, labels): ([Float], [Bool]) = ([], [])
        for _ in 0..<20_000 {
            let x = random.symmetric(3)
            logits.append(3 * x + 2)
            labels.append(random.unit() < 1 / (1 + Float(2.718281828).power(-x)))
        }
        let calibration = Calibration(logits, labels)
        #expect(abs(calibration.scale - 1.0 / 3) < 0.03)
        #expect(abs(calibration.offset + 2.0 / 3) < 0.1)
    }

    @Test func aFitThatWouldTurnTheScoreRoundIsNotUsed() {
        let calibration = Calibration([-2, -1, 1, 2], [true, true, false, false])
        #expect(calibration.scale == 1 && calibration.offset == 0)
    }
}

extension Float {
    fileprivate func power(_ exponent: Float) -> Float {
        Float(Double(self).raised(Double(exponent)))
    }
}

extension Double {
    /// e to the x by its series, to keep the test free of the code under test.
    fileprivate func raised(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for index in 1..<60 {
            term *= x / Double(index)
            sum += term
        }
        return sum
    }
}
