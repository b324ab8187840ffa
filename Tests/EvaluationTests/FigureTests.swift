import Testing

@testable import Evaluation

@Suite struct FigureTests {
    @Test func wilsonIsThatOfNewcombesTable() {
        // Source: Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (count, total, low, high) in [
            (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718),
        ] {
            let bounds = Interval.wilson(count, of: total)
            #expect(abs(bounds.low - low) < 0.00006 && abs(bounds.high - high) < 0.00006)
        }
    }

    @Test func bootstrapWeightsHaveMeanAndVarianceOfOne() throws {
        let bootstrap = try Bootstrap(seed: 3, replicates: 1000)
        var weights = [Double](repeating: 0, count: 1000)
        var (sum, squares) = (0.0, 0.0)
        for cluster in 0..<200 {
            bootstrap.draw(UInt64(cluster) &* 0x9E37_79B9, into: &weights)
            sum += weights.reduce(0, +)
            squares += weights.reduce(0) { $0 + ($1 - 1) * ($1 - 1) }
        }
        // 200,000 draws: standard errors 0.0022 and 0.0039.
        #expect(abs(sum / 200_000 - 1) < 0.01 && abs(squares / 200_000 - 1) < 0.02)
    }

    @Test func theSameSeedGivesTheSameIntervalsAndAnotherDoesNot() throws {
        let (predictions, labels) = Tables.many(200)
        let source = Tables.source()
        func interval(_ seed: UInt64) throws -> Double? {
            let table = try source.read(
                predictions: Tables.rows(.predictions, predictions), labels: Tables.rows(.labels, labels))
            let settings = try EvaluationSettings(
                rule: .youden, bootstrap: Bootstrap(seed: seed, replicates: 50))
            return try Evaluation.measure(table, settings: settings, source: source).overall.binary?.brier.low
        }
        #expect(try interval(1) == interval(1))
        #expect(try interval(1) != interval(2))
    }

    @Test func numbersForPeopleAreRoundedOnce() {
        #expect(Digits.text(0.99996, 4) == "1.0000")
        #expect(Digits.text(-0.00001, 2) == "0.00")
        #expect(Digits.text(12.345, 1) == "12.3")
        #expect(Digits.text(7.5, 0) == "8")
    }

    @Test func settingsOutsideTheirRangeAreRefused() {
        for replicates in [0, 19, 10_001] {
            #expect(throws: EvaluationError.self) { try Bootstrap(seed: 1, replicates: replicates) }
        }
        for threshold in [Double.nan, .infinity, -0.001, 1.001] {
            #expect(throws: EvaluationError.self) { try ThresholdRule(threshold: threshold) }
        }
        for rule in ["", "yooden", "sensitivity", "sensitivity>=", "sensitivity>=2", "ppv>=0.5>=0.5"] {
            #expect(throws: EvaluationError.self) { try ThresholdRule(rule) }
        }
    }
}
