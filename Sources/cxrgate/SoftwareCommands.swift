import ArgumentParser
import Foundation
import Gateway

struct SBOMCommand: AsyncParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case cyclonedx, spdx }

    static let configuration = CommandConfiguration(
        commandName: "sbom", abstract: "List what the program consists of, with versions and licences.",
        discussion: """
            Swift packages as they were linked in, and the shared libraries that are loaded now, by Debian's packages.

            Example: cxrgate sbom --format spdx > cxrgate.spdx.json
            """)
    @Option(name: .long, help: "cyclonedx (1.5) or spdx (2.3), both JSON.") var format = Format.cyclonedx
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let bill = BillOfMaterials(try SoftwarePart.all())
            print(Options.text(of: format == .spdx ? try bill.spdx() : try bill.cycloneDX()))
        }
    }
}

struct ScanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Hold what the program consists of against advisories in a folder.",
        discussion: """
            The folder holds advisories in the OSV form for the ecosystems Debian:12 and SwiftURL (osv.dev offers them as \
            archives). It fails when one applies, and also when something was not scanned, a file cannot be read, or \
            the newest advisory is too old: what did not happen must not look like nothing found.

            Example: cxrgate scan --advisories /srv/osv
            """)
    @Option(name: .long, help: "Folder with OSV files.") var advisories: String
    @Option(name: .long, help: "Days after which the newest advisory of an ecosystem is too old.")
    var staleAfterDays = 7
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let verdict = try AdvisoryScan(folder: advisories, staleAfterDays: staleAfterDays).run(SoftwarePart.all())
            options.answered(verdict.summary) { summary in
                var lines = [
                    "\(Table.cell(summary["parts"])) parts against \(Table.cell(summary["advisories"])) advisories",
                    Table.text(
                        summary["findings"].array, columns: ["advisory", "part", "version", "fixed", "summary"],
                        nothing: "no advisory applies"),
                ]
                for (name, words) in [
                    ("notScanned", "NOT SCANNED"), ("stale", "STALE"), ("unreadable", "CANNOT BE READ"),
                ] where !summary[name].array.isEmpty { lines.append("\(words): \(Table.cell(summary[name]))") }
                return lines.joined(separator: "\n")
            }
            if !verdict.isClean { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }
}
