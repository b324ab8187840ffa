import ArgumentParser

/// Measurements that a site can repeat on its own machine.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the gateway on this machine.",
        discussion: "Example: cxrgate bench journal --count 1000000",
        subcommands: [
            BenchDeidentify.self, BenchInfer.self, BenchJournal.self, BenchReceive.self, BenchResults.self,
            BenchSeal.self, BenchTable.self,
        ])
}
