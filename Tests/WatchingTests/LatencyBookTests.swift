import Foundation
import Testing

@testable import Watching

struct LatencyBookTests {
    @Test func `An observation falls into the first step that holds it, and the sum is whole`() {
        var histogram = LatencyHistogram()
        for seconds in [0.001, 0.0011, 5, 1e9, -1, .nan] { histogram.observe(seconds: seconds) }
        #expect(histogram.count == 6)
        #expect(histogram.counts[0] == 2, "0.001 and what is below nothing")
        #expect(histogram.counts[1] == 1)
        #expect(histogram.counts.last == 2, "a day at most, and what is no number")
        #expect(histogram.microseconds == 1000 + 1100 + 5_000_000 + 2 * 86_400_000_000)
    }

    @Test func `A quantile is the bound that so many did not exceed`() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == nil)
        for _ in 0..<95 { histogram.observe(seconds: 0.02) }
        for _ in 0..<5 { histogram.observe(seconds: 2) }
        #expect(histogram.quantile(0.5) == 0.025)
        #expect(histogram.quantile(0.95) == 0.025)
        #expect(histogram.quantile(0.96) == 2.5)
    }

    @Test func `What a role measured survives its line, whatever the subject is called`() {
        var book = LatencyBook()
        let names = ["CR1", "ROOM 2", "", "a|b:c,d", "Zürich"]
        for (index, name) in names.enumerated() {
            book.observe(LatencyBook.Series(.receive, of: name), seconds: Double(index) / 7)
            book.observe(LatencyBook.Series(.path, of: name), seconds: 100)
        }
        var read = LatencyBook()
        for line in book.lines {
            #expect(line.utf8.count < 1024 && !line.contains("\n"))
            let isTaken = read.add(line: line)
            #expect(isTaken)
        }
        #expect(read == book)
        for line in book.lines {
            let isTaken = read.add(line: line)
            #expect(isTaken)
        }
        #expect(read.histograms.values.allSatisfy { $0.count == 2 })
    }

    @Test(arguments: [
        "", "receive", "lunch =Q1Ix 1 0:1", "receive =Q1Ix -1 0:1", "receive =Q1Ix 1 99:1",
        "receive =Q1Ix 1 0:x", "receive =!!! 1 0:1", "receive =Q1Ix 1 0:1 more",
    ])
    func `What is no line adds nothing`(_ line: String) {
        var book = LatencyBook()
        let isTaken = book.add(line: line)
        #expect(!isTaken && book.isEmpty)
    }

    @Test func `A stage may be counted without a subject`() {
        var book = LatencyBook()
        let isTaken = book.add(line: "receive = 1 0:1")
        #expect(isTaken && !book.isEmpty)
    }

    @Test func `However many call, the series of a stage are bounded`() {
        var book = LatencyBook()
        for number in 0..<1000 { book.observe(LatencyBook.Series(.receive, of: "AE\(number)"), seconds: 1) }
        #expect(book.histograms.count == LatencyBook.mostSubjects + 1)
        #expect(book.histograms[LatencyBook.Series(.receive, of: LatencyBook.other)]?.count == 900)
    }

    @Test func `A meter gives what it measured once`() throws {
        let meter = Meter()
        meter.measure(.report) {}
        #expect(meter.drain().histograms.count == 1)
        #expect(meter.drain().isEmpty)
        struct Fault: Error {}
        #expect(throws: Fault.self) { try meter.measure(.report) { throw Fault() } }
        #expect(meter.drain().isEmpty, "what failed is no duration")
    }
}
