import Foundation
import Testing

@testable import Measuring

@Suite struct FigureRunTests {
    private static func run(_ figures: [Figure]) -> FigureRun {
        FigureRun(machine: "a machine", versions: ["cxrgate": "0.1.0"], figures: figures)
    }

    private static func figure(_ kind: Figure.Kind, _ value: Double) -> Figure {
        Figure(name: "figure", unit: "unit", kind: kind, value: value)
    }

    @Test(
        arguments: [
            (.time, 100, 120, false), (.time, 100, 120.1, true), (.time, 100, 1, false),
            (.memory, 100, 150, false), (.memory, 100, 150.1, true), (.memory, 100, 0, false),
            (.throughput, 100, 85, false), (.throughput, 100, 84.9, true), (.throughput, 100, 1000, false),
            (.peer, 100, 1, false), (.peer, 100, 1000, false),
            (.time, 100, .nan, true), (.throughput, 100, .nan, true),
        ] as [(Figure.Kind, Double, Double, Bool)])
    func `a figure is worse past 20 % of time, 50 % of memory, 15 % of throughput`(
        kind: Figure.Kind, stored: Double, now: Double, isWorse: Bool
    ) throws {
        let changes = Self.run([Self.figure(kind, now)]).changes(since: Self.run([Self.figure(kind, stored)]))
        #expect(changes.map(\.isWorse) == [isWorse])
    }

    @Test func `a figure that is measured no more is worse, a new one is not, and a peer may go`() {
        let stored = Self.run([Self.figure(.time, 1), Figure(name: "theirs", unit: "1/s", kind: .peer, value: 1)])
        let now = Self.run([Figure(name: "new", unit: "s", kind: .time, value: 5)])
        let changes = now.changes(since: stored)
        #expect(changes.map(\.figure.name) == ["new", "figure"])
        #expect(changes.map(\.isWorse) == [false, true])
    }

    @Test func `a run is read as it was written, and nothing else is one`() throws {
        let run = Self.run([Self.figure(.memory, 1.5)])
        #expect(try FigureRun(json: JSONEncoder().encode(run)) == run)
        #expect(throws: MeasuringError.storedRun) { try FigureRun(json: Data("{}".utf8)) }
    }
}
