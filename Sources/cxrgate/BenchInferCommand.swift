import ArgumentParser
import Foundation
import Gateway

struct BenchInfer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer", abstract: "Measure a network: time, operations per second, memory.",
        discussion: """
            Runs the network on random pictures. With --against onnxruntime it alternates, run by run, with ONNX Runtime in \
            a Python process (packages numpy and onnxruntime), and prints the median of the ratios of neighbouring runs: \
            below 1 the engine is faster. The ratio by processor time holds on a machine that is busy with other work, too.

            Examples:
              cxrgate bench infer model.onnx
              cxrgate bench infer model.onnx --batch 8 --threads 2 --profile
              cxrgate bench infer model.onnx --against onnxruntime --threads 1 --runs 40

            Kernels are forced by CXR_ENGINE_KERNELS (avx512, avx512-openblas, avx2, plain), Winograd's algorithm is \
            turned off by CXR_ENGINE_WINOGRAD=off.
            """)
    @Argument(help: "An ONNX file.") var model: String
    @Option(name: .long, help: "Pictures of one run.") var batch = 1
    @Option(name: .long, help: "Threads of one run. Default: every CPU.") var threads: Int?
    @Option(name: .long, help: "Measured runs.") var runs = 20
    @Option(name: .long, help: "Another engine to alternate with: onnxruntime.") var against: String?
    @Option(name: .long, help: "The Python that has it.") var python = "python3"
    @Option(name: .long, help: "The script that runs it.") var witness = "Conformance/Suite/onnx_timing.py"
    @Flag(name: .long, help: "Show the time of each step.") var profile = false
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    func validate() throws {
        if let against, against != "onnxruntime" { throw ValidationError("--against takes onnxruntime") }
        guard runs >= 1 else { throw ValidationError("--runs wants at least 1") }
        if let threads, threads < 1 { throw ValidationError("--threads wants at least 1") }
    }

    func run() async throws {
        try await complaining {
            let report = try InferenceReport.measure(
                model: model, batch: batch, threads: threads, runs: runs,
                witness: against == nil ? nil : (python, witness), showsProfile: profile)
            print(json ? Options.text(of: report.value) : report.text)
        }
    }
}
