import Foundation
import Tensors

/// What `cxrgate bench infer` prints.
public struct InferenceReport: Sendable {
    /// For machines.
    public let value: JSONValue
    /// For people.
    public let text: String

    /// Runs measured before counting begins: memory is then there, and caches are warm.
    private static let warmUps = 3
    /// Another engine's threads go on waiting for work for some tens of milliseconds after a run, and take the core.
    private static let pauseSeconds = 0.08

    /// Measures a model, alternately with a witness (Python and script) where there is one.
    public static func measure(
        model path: String, batch: Int, threads: Int?, runs: Int, witness: (python: String, script: String)?,
        showsProfile: Bool
    ) throws -> InferenceReport {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var settings = EngineSettings()
        if let threads { settings.threads = threads }
        let before = InferenceBenchmark.peakMemory ?? 0
        let ours = try InferenceBenchmark(
            onnx: bytes, weightsFolder: URL(fileURLWithPath: path).deletingLastPathComponent().path, settings: settings,
            batch: batch, seed: 1)
        let input = ours.input
        let theirs = try witness.map {
            try EngineWitness(
                python: $0.python, script: $0.script, model: path, input: input, batch: batch,
                threads: settings.threads)
        }
        var (mine, other): ([InferenceBenchmark.Sample], [InferenceBenchmark.Sample]) = ([], [])
        for run in -warmUps..<runs {
            let sample = ours.once(input)
            if run >= 0 { mine.append(sample) }
            guard let theirs else { continue }
            if settings.threads > 1 { Thread.sleep(forTimeInterval: pauseSeconds) }
            let answer = try theirs.once()
            if run >= 0 { other.append(answer) }
            if settings.threads > 1 { Thread.sleep(forTimeInterval: pauseSeconds) }
        }
        let peak = InferenceBenchmark.peakGigaflops(settings)
        var lines =
            (ProcessEnvironment.correction.map { [$0] } ?? []) + [
                "kernels \(settings.kernelName), threads \(settings.threads), batch \(batch), OpenBLAS core "
                    + "\(LinearAlgebra.coreName), peak of one core \(number(peak)) GFLOP/s",
                "load \(number(ours.loadSeconds * 1e3)) ms (processor \(number(ours.loadProcessorSeconds * 1e3))); weights \(megabytes(ours.weightBytes)), activations and scratch "
                    + "\(megabytes(ours.activationBytes)); most memory "
                    + "\(megabytes((InferenceBenchmark.peakMemory ?? 0) - before)) beyond the process and the file",
            ]
        let operations = Double(ours.operations * batch)
        var fields: [String: JSONValue] = [
            "kernels": .string(settings.kernelName), "threads": .number(Double(settings.threads)),
            "batch": .number(Double(batch)), "core": .string(LinearAlgebra.coreName), "peak": .number(peak),
            "load": .number(ours.loadSeconds),
            "ours": summary(mine), "gigaflops": .number(operations / median(mine.map(\.processor)) / 1e9),
        ]
        lines.append("ours    " + sentence(mine, operations, peak))
        if let theirs {
            let ratio = median(zip(mine, other).map { $0.wall / $1.wall })
            let processorRatio = median(zip(mine, other).map { $0.processor / $1.processor })
            let difference = relativeDifference(ours.outputs, try theirs.outputs())
            let memory = try theirs.memory()
            lines.append("theirs  " + sentence(other, operations, peak) + " (ONNX Runtime \(theirs.version))")
            lines.append(
                "ratio of paired medians: \(number(ratio, 3)) by the clock, \(number(processorRatio, 3)) by processor "
                    + "time; largest relative difference of outputs \(difference)")
            lines.append(
                "their load \(number(theirs.loadSeconds * 1e3)) ms (processor \(number(theirs.loadProcessorSeconds * 1e3))); most memory \(megabytes(memory.peak - memory.before)) "
                    + "beyond interpreter and file")
            fields["theirs"] = summary(other)
            fields["ratio"] = .number(ratio)
            fields["processorRatio"] = .number(processorRatio)
            fields["difference"] = .number(Double(difference))
            fields["theirLoad"] = .number(theirs.loadSeconds)
        }
        if showsProfile {
            let rows = ours.profile(runs: min(runs, 10))
            lines += rows.map { row in
                pad(row.kind, 16) + pad(number(row.milliseconds, 3) + " ms", 12)
                    + pad(number(row.gigaflops) + " GFLOP/s", 16) + row.name
            }
            fields["profile"] = .array(
                rows.map {
                    .object([
                        "name": .string($0.name), "kind": .string($0.kind), "milliseconds": .number($0.milliseconds),
                        "gigaflops": .number($0.gigaflops),
                    ])
                })
        }
        return InferenceReport(value: .object(fields), text: lines.joined(separator: "\n"))
    }

    private static func sentence(_ samples: [InferenceBenchmark.Sample], _ operations: Double, _ peak: Double) -> String
    {
        let wall = samples.map(\.wall).sorted()
        let processor = median(samples.map(\.processor))
        let rate = operations / processor / 1e9
        return
            "median \(number(median(wall) * 1e3, 2)) ms, 5th percentile \(number(wall[wall.count / 20] * 1e3, 2)), 95th "
            + "\(number(wall[wall.count * 19 / 20] * 1e3, 2)); processor \(number(processor * 1e3, 2)) ms, \(number(rate)) "
            + "GFLOP/s of the network's operations, \(number(rate / peak * 100)) % of the peak"
    }

    private static func summary(_ samples: [InferenceBenchmark.Sample]) -> JSONValue {
        let wall = samples.map(\.wall).sorted()
        return .object([
            "median": .number(median(wall)), "p05": .number(wall[wall.count / 20]),
            "p95": .number(wall[wall.count * 19 / 20]), "processor": .number(median(samples.map(\.processor))),
        ])
    }

    /// The largest difference, absolute up to 1 and relative beyond.
    private static func relativeDifference(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private static func number(_ value: Double, _ digits: Int = 0) -> String {
        let scale = [1.0, 10, 100, 1000][min(digits, 3)]
        let whole = Int((value * scale).rounded())
        guard digits > 0 else { return "\(whole)" }
        let fraction = "\(whole % Int(scale))"
        return "\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    private static func megabytes(_ bytes: Int) -> String { number(Double(bytes) / 1e6) + " MB" }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
