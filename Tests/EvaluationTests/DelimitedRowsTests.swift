import Testing

@testable import Evaluation

@Suite struct DelimitedRowsTests {
    private func read(_ text: String, piece: Int) throws -> [[String]] {
        let rows = Tables.rows(.labels, text, piece: piece)
        var row = DelimitedRows.Row()
        var all: [[String]] = []
        while try rows.next(&row) { all.append((0..<row.count).map { row.text($0) }) }
        return all
    }

    @Test(arguments: [1, 2, 3, 1000])
    func quotesLineEndsAndTheByteOrderMarkAreThoseOfTheStandardHoweverTheTextArrives(piece: Int) throws {
        let text = "\u{FEFF}a,\"b,\"\"c\"\"\"\r\n\r\n\"line\nbreak\",\n,\"\"\nlast,row"
        let expected = [["a", "b,\"c\""], ["line\nbreak", ""], ["", ""], ["last", "row"]]
        #expect(try read(text, piece: piece) == expected)
    }

    @Test func anOpenQuoteIsFoundByItsRow() {
        let text = "a,b\n1,\"" + String(repeating: "x", count: 70000)
        #expect(throws: EvaluationError.rowTooLong(.labels, row: 2)) { try read(text, piece: 4096) }
    }

    @Test func anEmptyTableSaysSo() {
        #expect(throws: EvaluationError.noRows(.predictions)) { try Tables.measure("", "file,label\na,1\n") }
        #expect(throws: EvaluationError.noRows(.labels)) { try Tables.measure("file,score\na,1\n", "file,label\n") }
    }
}
