import Testing

@testable import Evaluation

@Suite struct AcceptanceReportTests {
    private func report(small: Int) throws -> AcceptanceReport {
        var (predictions, labels) = ("id,score\n", "id,label,view\n")
        for index in 0..<60 {
            predictions += "\(index),0.\(10 + index)\n"
            labels += "\(index),\(index > 30 ? 1 : 0),\(index < small ? "LL" : index % 2 == 0 ? "PA" : "AP")\n"
        }
        let result = try Tables.measure(predictions, labels, source: Tables.source { $0.by = ["view"] })
        let full = EvaluationReport(
            product: "cxrgate", model: nil, predictionsSHA256: "ab", labelsSHA256: "cd", made: "2026", result: result)
        return AcceptanceReport(
            full, minimum: try AcceptanceMinimum(cases: 60, auroc: 1, sensitivity: 0.8, specificity: 1))
    }

    @Test func aSmallSubgroupIsHiddenAndSoAreTheOthersFromWhichItWouldFollow() throws {
        #expect(try report(small: 0).result.subgroups.map(\.value) == ["AP", "PA"])
        let hidden = try report(small: 3)
        #expect(hidden.result.subgroups.isEmpty && hidden.hiddenGroups == 3)
        #expect(try report(small: 12).hiddenGroups == 0)
    }

    @Test func criteriaAreHeldAgainstTheFiguresAndNothingElseLeaves() throws {
        let report = try report(small: 0)
        #expect(report.criteria.map(\.name) == ["cases", "AUROC", "sensitivity", "specificity"])
        #expect(report.criteria.map(\.isMet) == [true, true, false, true])
        #expect(!report.isMet)
        let text = String(decoding: try report.json(), as: UTF8.self)
        for word in ["labelRow", "SHA256", "nan", "inf\""] { #expect(!text.contains(word)) }
        #expect(report.html.contains("Not all criteria are met") && !report.html.contains("SHA-256"))
    }

    @Test func aMinimumOutsideItsRangeIsRefused() {
        for share in [Double.nan, -0.1, 1.1] {
            #expect(throws: EvaluationError.self) {
                try AcceptanceMinimum(cases: 1, auroc: share, sensitivity: 0, specificity: 0)
            }
        }
    }
}
