import Testing
import Watching

struct AlarmBookTests {
    private let down = Alarm(.destinationDown, .critical, of: "PACS1", "not reached")
    private let silent = Alarm(.sourceSilent, .warning, of: "CR1", "silent")

    @Test func `An alarm is raised once, keeps its beginning, and ends once`() {
        var book = AlarmBook()
        let first = book.take([down], now: 10)
        #expect(first.raised == [down])
        let changed = Alarm(.destinationDown, .critical, of: "PACS1", "still not reached")
        let second = book.take([changed], now: 20)
        #expect(second.raised.isEmpty && second.ended.isEmpty)
        #expect(book.all.map(\.since) == [10] && book.all.map(\.alarm.text) == ["still not reached"])
        let third = book.take([], now: 30)
        #expect(third.ended == [changed])
        let fourth = book.take([down], now: 40)
        #expect(fourth.raised == [down])
        #expect(book.all.map(\.since) == [40])
    }

    @Test func `The worst come first, then the oldest`() {
        var book = AlarmBook()
        _ = book.take([silent], now: 1)
        _ = book.take([silent, down], now: 2)
        let held = Alarm(.resultsHeld, .warning, of: "PACS1", "held")
        _ = book.take([silent, down, held], now: 3)
        #expect(book.all.map(\.alarm) == [down, silent, held])
    }

    @Test func `Every kind says what it means and what to do`() {
        for kind in Alarm.Kind.allCases { #expect(!kind.meaning.isEmpty && !kind.remedy.isEmpty) }
    }
}
