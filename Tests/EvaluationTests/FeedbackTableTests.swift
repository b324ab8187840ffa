import Testing

@testable import Evaluation

@Suite struct FeedbackTableTests {
    @Test func rowsComeInPartsWithTheirNumbers() throws {
        let text = "note,accession,truth,finding\n,a 1,1,Pneumonia\n\n\"x,y\",a2,0,Pneumonia\n,a3,1,Pneumonia\n"
        let table = try FeedbackTable(Tables.rows(.labels, text))
        #expect(table.by == "accession")
        let first = try #require(try table.next(2))
        #expect(first.lines == "a 1\tPneumonia\t1\na2\tPneumonia\t0" && first.rows == [2, 4])
        #expect(try table.next(2)?.rows == [5])
        #expect(try table.next(2) == nil)
    }

    @Test(arguments: ["a,F,2", "a,F,", ",F,1", "a,,1", "a,F", "\"a\tb\",F,1", "\"a\nb\",F,1"])
    func aRowThatCannotBeUnderstoodIsRefusedByItsNumber(row: String) throws {
        let table = try FeedbackTable(Tables.rows(.labels, "job,finding,truth\n\(row)\n"))
        #expect(throws: EvaluationError.badRows(.labels, count: 1, first: [2])) { try table.next(10) }
    }
}
