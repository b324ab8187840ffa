import ArgumentParser
import Foundation
import Gateway
import Measuring

extension BenchReceive {
    /// Tables for people: a line for each server, then a line for each claim.
    static func text(_ results: [ReceptionBench.Result]) -> String {
        results.map { result in
            let rows = result.rows.map { row -> JSONValue in
                .object([
                    "server": .string(row.server), "per second": .string(number(row.perSecond, 1)),
                    "MB/s": .string(number(row.megabytesPerSecond, 0)),
                    "p50 ms": .string(number(row.latency(0.5), 1)), "p99 ms": .string(number(row.latency(0.99), 1)),
                    "CPU ms each": .string(row.processorMilliseconds.map { number($0, 1) } ?? "-"),
                    "peak MiB": .string(row.peakBytes.map { "\($0 >> 20)" } ?? "-"),
                ])
            }
            let table = Table.text(
                rows, columns: ["server", "per second", "MB/s", "p50 ms", "p99 ms", "CPU ms each", "peak MiB"],
                nothing: "")
            let verdicts = result.verdicts.map { "  " + sentence($0) }
            return ([result.scenario.title, table] + verdicts).joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    private static func sentence(_ verdict: ReceptionBench.Verdict) -> String {
        let claim = verdict.claim
        let what =
            switch claim.measure {
            case .throughput: "as fast as \(claim.peer.rawValue)"
            case .throughputSynced: "as fast as \(claim.peer.rawValue) once its sync is counted"
            case .tailLatency: "into \(claim.peer.rawValue)'s median latency goes our 99th percentile"
            }
        guard claim.must > 0 else { return "\(number(verdict.ratio, 2))× \(what)" }
        let aim = claim.goal.map { ", aim \(number($0, 1))×" } ?? ""
        let grade = !verdict.isMet ? "MISSED" : verdict.reachesGoal ? "reached" : "met"
        return "\(number(verdict.ratio, 2))× \(what) (bound \(number(claim.must, 1))×\(aim)): \(grade)"
    }

    /// The same for machines.
    static func value(_ result: ReceptionBench.Result) -> JSONValue {
        .object([
            "scenario": .string(result.scenario.title), "associations": .number(result.scenario.associations),
            "rows": .array(
                result.rows.map { row in
                    .object([
                        "server": .string(row.server), "rounds": .number(row.rounds.count),
                        "per_second": .number(row.perSecond), "per_second_synced": .number(row.perSecondSynced),
                        "megabytes_per_second": .number(row.megabytesPerSecond),
                        "p50_ms": .number(row.latency(0.5)), "p99_ms": .number(row.latency(0.99)),
                        "processor_ms_each": row.processorMilliseconds.map { .number($0) } ?? .null,
                        "peak_bytes": row.peakBytes.map { .number($0) } ?? .null,
                    ])
                }),
            "claims": .array(
                result.verdicts.map { verdict in
                    .object([
                        "peer": .string(verdict.claim.peer.rawValue), "measure": .string("\(verdict.claim.measure)"),
                        "ratio": .number(verdict.ratio), "must": .number(verdict.claim.must),
                        "goal": verdict.claim.goal.map { .number($0) } ?? .null, "met": .bool(verdict.isMet),
                    ])
                }),
            "met": .bool(result.isMet),
        ])
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

extension Syntax: ExpressibleByArgument {}
