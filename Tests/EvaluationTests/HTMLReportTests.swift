import Foundation
import Testing

@testable import Evaluation

@Suite struct HTMLReportTests {
    private func report(_ classes: String = "0,1") throws -> EvaluationReport {
        let (predictions, labels) = Tables.many(120)
        let result = try Tables.measure(
            predictions, labels,
            source: Tables.source { $0.classes = classes.split(separator: ",").map { String($0) } })
        return EvaluationReport(
            product: "cxrgate", model: nil, predictionsSHA256: "ab", labelsSHA256: "cd", made: "2026", result: result)
    }

    @Test func namesOfClassesAreTextAndNotMarkup() throws {
        let text = HTMLReport(try report("<b>no</b>,\"yes\"")).text
        #expect(!text.contains("<b>no</b>"))
        #expect(text.contains("&lt;b&gt;no&lt;/b&gt;") && text.contains("&quot;yes&quot;"))
    }

    @Test func picturesAreNamedByTheirRowAlone() throws {
        let picture = EvaluationPictures.Picture(
            labelRow: 17, score: 0.9, png: [1, 2, 3], rows: 2, columns: 2, heat: [0, 0.9, 0.1, -1], heatRows: 2,
            heatColumns: 2)
        let text = HTMLReport(try report(), pictures: EvaluationPictures(sheet: [picture])).text
        #expect(text.contains("row 17") && text.contains("data:image/png;base64,AQID"))
        // One cell is above the floor.
        #expect(text.components(separatedBy: "fill=\"rgb(").count == 2)
    }

    @Test func aHistoryIsDrawnAndADamagedOneIsNot() throws {
        let history = TrainingHistory(csv: "epoch,training_loss,best\n1,0.5,0\n2,0.25,1\n")
        #expect(history?.lines == [.init(name: "training loss", values: [0.5, 0.25])])
        #expect(TrainingHistory(csv: "epoch,loss\n1,nan\n2,1\n") == nil)
        #expect(TrainingHistory(csv: "epoch\n1\n2\n") == nil)
        #expect(HTMLReport(try report(), history: history).text.contains("Training history"))
    }

    @Test func aSpreadTakesAsManyAsAskedFromAllOverTheWhole() {
        #expect(EvaluationPictures.spread(Array(0..<10), count: 3) == [0, 3, 6])
        #expect(EvaluationPictures.spread([5, 7], count: 48) == [5, 7])
    }

    @Test func aFieldThatASpreadsheetWouldRunIsDefused() {
        #expect(EvaluationReport.field("=1+1") == "'=1+1")
        #expect(EvaluationReport.field("a,\"b\"") == "\"a,\"\"b\"\"\"")
    }
}
