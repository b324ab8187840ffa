import ArgumentParser
import Foundation
import Gateway

struct BenchJournal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "How many entries per second are appended and verified.",
        discussion: """
            Appended in groups, each with its signed checkpoint and one sync; verified as `journal verify` does, from the \
            first byte. Bounds: 20,000 appended and 200,000 verified in a second.

            Examples:
              cxrgate bench journal
              cxrgate bench journal --count 1000000 --group 512 --folder /var/lib/cxrgate
            """)
    @Option(name: .long, help: "Entries.") var count = 500_000
    @Option(name: .long, help: "Entries in one group, which has one sync.") var group = 512
    @Option(name: .long, help: "Folder on the disk to be measured.") var folder = NSTemporaryDirectory()
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    func run() async throws {
        try await complaining {
            guard count > 0, (1...4096).contains(group) else {
                throw Complaint("--count is above 0, --group 1…4096", code: CommandExit.usage.rawValue)
            }
            let answer = try JournalBench.run(count: count, group: group, in: folder)
            print(
                json
                    ? Options.text(of: answer)
                    : "appended \(Table.cell(answer["appendedPerSecond"])) entries/s, verified "
                        + "\(Table.cell(answer["verifiedPerSecond"])) entries/s, "
                        + "\(Table.cell(answer["verifiedPerProcessorSecond"])) in a second of processor time "
                        + "(\(Table.cell(answer["entries"])) entries "
                        + "in groups of \(group), \(Table.cell(answer["bytes"])) bytes)")
        }
    }
}
