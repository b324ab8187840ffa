import ArgumentParser
import DICOMCore
import Foundation
import Gateway

struct BenchDeidentify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deidentify", abstract: "Measure what de-identification of a header costs, on one thread.",
        discussion: """
            From bytes to bytes: parsing, the whole profile with every row of the table, encoding; and the same with the \
            verifier. The header is a Computed Radiography header of 87 elements. Bounds: 0.3 ms, and 0.6 ms with the \
            verifier.

            Examples:
              cxrgate bench deidentify
              cxrgate bench deidentify --rounds 10000 --json
            """)
    @Option(name: .long, help: "How often, 1…1000000.") var rounds = 2000
    @OptionGroup var options: Options

    func validate() throws {
        guard (1...1_000_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000000") }
    }

    func run() async throws {
        try await complaining {
            let result = try DeidentificationBench.run(
                settings: try options.configuration().deidentification, rounds: rounds)
            let (plain, verified) = (result.deidentifyMilliseconds, result.withVerifierMilliseconds)
            options.answered(
                .object([
                    "elements": .number(result.elements), "rounds": .number(result.rounds),
                    "deidentify_ms": .string(String(format: "%.4f", plain)),
                    "with_verifier_ms": .string(String(format: "%.4f", verified)),
                ])
            ) { _ in
                String(
                    format: "%d elements: %.3f ms de-identified, %.3f ms with the verifier (median of %d)",
                    result.elements, plain, verified, result.rounds)
            }
        }
    }
}
