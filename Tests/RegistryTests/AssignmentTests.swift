import Foundation
import ModelCard
import Sealing
import Testing

@testable import Registry

@Suite struct AssignmentTests {
    private static func key(_ name: String) throws -> SecretBytes {
        SecretBytes(copying: try SHA256.hash(Array(name.utf8)))
    }

    private static func tag(_ value: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } + [UInt8](repeating: 0, count: 24)
    }

    /// The place where an arm ends, found by halving, is the share of the hash space, for every share.
    @Test func theSplitOfTheHashSpaceIsExact() {
        for share in [0, 1, 49, 50, 3333, 5000, 9999, 10_000] as [UInt64] {
            var (low, high) = (UInt64(0), UInt64.max)
            let first = Assignment.arm(at: Self.tag(0), share: share)
            let last = Assignment.arm(at: Self.tag(.max), share: share)
            #expect(first == (share == 0 ? .control : .treatment))
            #expect(last == (share == 10_000 ? .treatment : .control))
            guard first != last else { continue }
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if Assignment.arm(at: Self.tag(middle), share: share) == .treatment {
                    low = middle
                } else {
                    high = middle
                }
            }
            let exact = Double(share) / 10_000
            #expect(abs(Double(high) / 0x1p64 - exact) < 1e-12, "share \(share)")
        }
    }

    @Test func aSplitOfAllSendsAllAndOfNoneNone() throws {
        let all = Assignment(key: try Self.key("e"), share: 10_000)
        let none = Assignment(key: try Self.key("e"), share: 0)
        for patient in 0..<20_000 {
            #expect(try all.arm(of: "\(patient)") == .treatment)
            #expect(try none.arm(of: "\(patient)") == .control)
        }
    }

    /// A million pseudonyms: each arm within five standard deviations, two experiments independent, one stable.
    @Test func aMillionPatientsAreSplitEvenlyAndIndependently() throws {
        let count = 1_000_000
        let first = Assignment(key: try Self.key("first"), share: 2500)
        let second = Assignment(key: try Self.key("second"), share: 2500)
        var (one, two, both) = (0, 0, 0)
        for patient in 0..<count {
            let name = String(patient, radix: 16)
            let isFirst = try first.arm(of: name) == .treatment
            let isSecond = try second.arm(of: name) == .treatment
            one += isFirst ? 1 : 0
            two += isSecond ? 1 : 0
            both += isFirst && isSecond ? 1 : 0
        }
        let deviation = (Double(count) * 0.25 * 0.75).squareRoot()
        #expect(abs(Double(one) - Double(count) * 0.25) < 5 * deviation)
        #expect(abs(Double(two) - Double(count) * 0.25) < 5 * deviation)
        // Cohorts that were the same would share a quarter of all; independent ones a sixteenth.
        let jointDeviation = (Double(count) / 16 * 15 / 16).squareRoot()
        #expect(abs(Double(both) - Double(count) / 16) < 5 * jointDeviation)
        for patient in 0..<1000 { #expect(try first.arm(of: "\(patient)") == first.arm(of: "\(patient)")) }
    }
}

@Suite struct ExperimentTests {
    private func bench() throws -> (Bench, ModelBook.Entry, ModelBook.Entry) {
        let bench = try Bench()
        let control = try bench.register("1.0.0")
        let treatment = try bench.register("1.1.0")
        try bench.store.write { _ = try ModelBook.promote(control, by: Bench.step(), in: $0) }
        return (bench, control, treatment)
    }

    private func wish(_ name: String, _ treatment: ModelBook.Entry, days: Double = 7) throws -> Experiment.Wish {
        try Experiment.Wish(
            name: name, mode: .shadow, treatment: treatment, share: 10_000, days: days, minimumStudies: 10,
            confidence: 0.95)
    }

    @Test func oneRunsAtATimeAndANameIsUsedOnce() throws {
        let (bench, _, treatment) = try bench()
        defer { bench.remove() }
        let key = [UInt8](repeating: 1, count: 32)
        try bench.store.write { try Experiment.start(wish("one", treatment), key: key, at: 1, in: $0) }
        #expect(throws: RegistryError.self) {
            try bench.store.write { try Experiment.start(wish("two", treatment), key: key, at: 2, in: $0) }
        }
        #expect(try bench.store.write { try Experiment.stop(why: "enough", at: 3, in: $0) } == "one")
        #expect(throws: RegistryError.self) {
            try bench.store.write { try Experiment.start(wish("one", treatment), key: key, at: 4, in: $0) }
        }
        try bench.store.write { try Experiment.start(wish("two", treatment), key: key, at: 5, in: $0) }
        #expect(try bench.store.read { try Experiment.running(in: $0)?.name } == "two")
        #expect(try bench.store.read { try Experiment.all(in: $0).map(\.name) } == ["two", "one"])
    }

    @Test func whatSpeaksAlreadyIsNoSecondModel() throws {
        let (bench, control, _) = try bench()
        defer { bench.remove() }
        #expect(throws: RegistryError.self) {
            try bench.store.write { try Experiment.start(wish("one", control), key: [], at: 1, in: $0) }
        }
    }

    @Test func afterItsTimeItDecidesNothing() throws {
        let (bench, _, treatment) = try bench()
        defer { bench.remove() }
        try bench.store.write {
            try Experiment.start(wish("one", treatment, days: 1), key: [UInt8](repeating: 1, count: 32), at: 0, in: $0)
        }
        let running = try bench.store.read { try Experiment.running(in: $0) }
        #expect(running?.decides(at: 86_399_999) == true)
        #expect(running?.decides(at: 86_400_000) == false)
    }
}
