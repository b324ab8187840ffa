import ArgumentParser
import Gateway

struct BenchResults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Time the making of a report and a heat map, drawn, built, validated and written, on one core.",
        discussion: """
            The radiograph is synthetic; the network is not run (see `bench infer`). Nothing is sealed or sent.

            Example: cxrgate bench results --rows 2500 --columns 2048 --rounds 20
            """)
    @Option(name: .long) var rows = 2500
    @Option(name: .long) var columns = 2048
    @Option(name: .long, help: "How often.") var rounds = 20
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            options.answered(try ResultBench.run(rows: rows, columns: columns, rounds: rounds)) {
                Table.text($0.array, columns: ["part", "median ms", "slowest ms", "rounds"], nothing: "nothing")
            }
        }
    }
}
