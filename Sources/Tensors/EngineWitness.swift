// Another engine in a process of its own, asked for one run at a time.
import Foundation

/// ONNX Runtime, run by a script (`Conformance/Suite/onnx_timing.py`), for comparison.
public final class EngineWitness {
    /// Its version.
    public let version: String
    /// Seconds that it took to load the model.
    public let loadSeconds: Double
    /// The same by the processors' clock.
    public let loadProcessorSeconds: Double
    private let process = Process()
    private let requests = Pipe()
    private let answers = Pipe()
    private var rest = Data()

    private struct Hello: Decodable {
        let version: String
        let load: Double
        let loadProcessor: Double
    }
    private struct Sample: Decodable {
        let wall: Double
        let processor: Double
    }
    private struct Memory: Decodable {
        let peak: Int
        let before: Int
    }

    /// Starts it and waits until it has loaded the model. `input` is written into a file of the temporary folder.
    public init(
        python: String, script: String, model: String, input: [Float], batch: Int, threads: Int
    ) throws(EngineWitnessError) {
        let folder = FileManager.default.temporaryDirectory
        let file = folder.appendingPathComponent("cxrgate-bench-\(ProcessInfo.processInfo.processIdentifier).f32")
        do {
            var bytes = Data(capacity: input.count * 4)
            for value in input {
                unsafe withUnsafeBytes(of: value.bitPattern.littleEndian) { unsafe bytes.append(contentsOf: $0) }
            }
            try bytes.write(to: file)
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                python, script, model, file.path, "--batch", "\(batch)", "--threads", "\(threads)",
            ]
            process.standardInput = requests
            process.standardOutput = answers
            try process.run()
        } catch {
            throw .start
        }
        defer { try? FileManager.default.removeItem(at: file) }
        let hello: Hello = try EngineWitness.read(answers, &rest)
        version = hello.version
        loadSeconds = hello.load
        loadProcessorSeconds = hello.loadProcessor
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// One run.
    public func once() throws(EngineWitnessError) -> InferenceBenchmark.Sample {
        let sample: Sample = try ask("run")
        return InferenceBenchmark.Sample(wall: sample.wall, processor: sample.processor)
    }

    /// The outputs of the last run.
    public func outputs() throws(EngineWitnessError) -> [Float] { try ask("outputs") }

    /// The most memory that it has held, and what its interpreter and libraries held before the model, in bytes.
    public func memory() throws(EngineWitnessError) -> (peak: Int, before: Int) {
        let memory: Memory = try ask("memory")
        return (memory.peak, memory.before)
    }

    private func ask<Answer: Decodable>(_ request: String) throws(EngineWitnessError) -> Answer {
        do {
            try requests.fileHandleForWriting.write(contentsOf: Data("\(request)\n".utf8))
        } catch {
            throw .ended
        }
        return try EngineWitness.read(answers, &rest)
    }

    private static func read<Answer: Decodable>(_ pipe: Pipe, _ rest: inout Data) throws(EngineWitnessError) -> Answer {
        while true {
            if let end = rest.firstIndex(of: 0x0A) {
                let line = rest[rest.startIndex..<end]
                rest = Data(rest[rest.index(after: end)...])
                do { return try JSONDecoder().decode(Answer.self, from: line) } catch { throw .answer }
            }
            let part = pipe.fileHandleForReading.availableData
            guard !part.isEmpty else { throw .ended }
            rest.append(part)
        }
    }
}

/// Why the other engine could not be asked.
public enum EngineWitnessError: Error, Sendable, CustomStringConvertible {
    case start, ended, answer

    public var code: String {
        switch self {
        case .start: "TEN-020"
        case .ended: "TEN-021"
        case .answer: "TEN-022"
        }
    }

    public var description: String {
        switch self {
        case .start: "\(code): the other engine cannot be started; is Python at the place that --python names?"
        case .ended:
            "\(code): the other engine ended; see what it printed. It wants the Python packages numpy and onnxruntime, "
                + "and the script that --witness names."
        case .answer: "\(code): the other engine answered something that is not understood"
        }
    }
}
