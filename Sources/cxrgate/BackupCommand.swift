import ArgumentParser
import Foundation
import Gateway

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy everything but the keys while images flow, as it was at one moment.",
        discussion: """
            The keys go to escrow (`cxrgate keys escrow`): without them nobody can open the copy. TLS keys and the files \
            that the configuration names stay where they are. Run it as the user of the gateway; files that arrive \
            behind the moment of the copy are not in it.

            Examples:
              runuser -u cxrgate -- cxrgate backup /var/backups/cxrgate/monday
              cxrgate backup --link /var/lib/cxrgate-before-upgrade       second names instead of copies: fast
              (cd /var/backups/cxrgate/monday && sha256sum -c --quiet SHA256SUMS)
            """)
    @Argument(help: "A new or empty directory.") var directory: String
    @Flag(
        name: .long,
        help: "Second names instead of copies where both lie on one file system; no help when that disk dies.")
    var link = false
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let progress = Progress("files")
            let backup = Backup(
                try options.configuration(), to: URL(fileURLWithPath: directory).standardizedFileURL.path,
                isLinking: link, progress: { progress.show($0, of: $1) })
            let answer = try backup.make()
            progress.end()
            options.answered(answer) {
                let warning =
                    $0["escrowed"] == .bool(true)
                    ? "" : "\nthe keys of today are in no escrow: without one this backup can never be opened again"
                return "\(Table.cell($0["files"])) files, \(Table.cell($0["bytes"])) bytes, journal of "
                    + "\(Table.cell($0["journalEntries"])) entries" + warning
            }
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a backup into an empty data directory, and prove that it works.",
        discussion: """
            First the keys: `cxrgate keys escrow open FILE`. Then the backup is checked against its digests and its \
            journal, copied, brought up to this version, and proven: journal verified, nothing missing, an image \
            opened. Studies on the list of shredded ones are shredded again; give the latest list with --shredded.

            Example: cxrgate restore /var/backups/cxrgate/monday --data-dir /var/lib/cxrgate
            """)
    @Argument(help: "The backup.") var directory: String
    @Option(name: .long, help: "A later copy of the folder shredded/ of the installation.") var shredded: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let restore = Restore(
                try options.configuration(), from: URL(fileURLWithPath: directory).standardizedFileURL.path,
                shredded: shredded)
            options.answered(try restore.perform()) {
                "restored: \(Table.cell($0["files"])) files, \(Table.cell($0["missing"])) missing; journal of "
                    + "\(Table.cell($0["journalEntries"])) entries verified; "
                    + "\(Table.cell($0["opened"])) image opened as a proof"
            }
        }
    }
}
