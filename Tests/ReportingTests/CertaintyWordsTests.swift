import Testing

@testable import Reporting

@Suite("Certainty in words")
struct CertaintyWordsTests {
    @Test(
        "numbers are written as short as tells the truth",
        arguments: [
            (0.873, 0.62, 0.3, ["87.3", "62.0", "30.0"]),
            // Rounded to one digit it would reach the threshold that it misses.
            (0.61996, 0.62, 0.3, ["61.996", "62.000", "30.000"]),
            (0.29999, 0.62, 0.3, ["29.999", "62.000", "30.000"]),
            // No certainty of ours is certainty itself, unless the network says so.
            (0.99996, 0.62, 0.3, ["99.996", "62.000", "30.000"]),
            (0.00002, 0.62, 0.3, ["0.002", "62.000", "30.000"]),
            (1, 0.62, 0.3, ["100.0", "62.0", "30.0"]), (0, 0.62, 0.3, ["0.0", "62.0", "30.0"]),
        ])
    func digits(case: (Double, Double, Double, [String])) {
        let words = CertaintyWords(probability: `case`.0, threshold: `case`.1, lowerThreshold: `case`.2)
        #expect([words.probability, words.threshold, words.lowerThreshold] == `case`.3)
    }

    @Test("the band between the thresholds is named, and left out where there is none")
    func band() {
        let words = CertaintyWords(probability: 0.5, threshold: 0.62, lowerThreshold: 0.3)
        #expect(
            words.rule == "not found below 30.0 %, undetermined from 30.0 % and below 62.0 %, present from 62.0 %")
        let sharp = CertaintyWords(probability: 0.5, threshold: 0.5, lowerThreshold: 0.5)
        #expect(sharp.rule == "present from 50.0 %, otherwise not found")
    }
}
