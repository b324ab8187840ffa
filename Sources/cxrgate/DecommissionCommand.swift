import ArgumentParser
import Gateway

struct DecommissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decommission",
        abstract: "End this installation: everything delivered, the journal exported, every key destroyed.",
        discussion: """
            In two steps and by two persons. `plan` pauses reception and says what is still open; a second person approves; \
            when everything is delivered the gateway is stopped, and `confirm` exports the journal and destroys every key. \
            Afterwards nothing in the data directory can be opened and nothing starts there; the exported journal verifies \
            without the gateway, and a signed certificate says what was destroyed and what it cannot promise (earlier \
            backups, escrows).

            Examples:
              cxrgate decommission plan --reason "replaced by a new machine"
              cxrgate actions approve ID                                      by another person
              cxrgate drain && systemctl stop cxrgate
              cxrgate decommission confirm ID --word CXRGATE --export /media/end
              cxrgate journal verify --public-key /media/end/journal.pub \\
                --checkpoint /media/end/checkpoint.note /media/end/journal
            """,
        subcommands: [Plan.self, Confirm.self])

    struct Plan: Question {
        static let configuration = CommandConfiguration(
            abstract: "Pause reception, say what is still open, and ask a second person. Destroys nothing.",
            discussion: """
                To take it back: `cxrgate actions reject ID` and `cxrgate resume reception`.

                Example: cxrgate decommission plan --reason "replaced by a new machine"
                """)
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String
        @OptionGroup var options: Options

        func request() -> AdministrationRequest { AdministrationRequest("decommission plan", reason: reason) }

        func text(of answer: JSONValue) -> String {
            [
                "reception is paused; \(Table.cell(answer["open"])) open, "
                    + "\(Table.cell(answer["holds"])) studies under legal hold",
                Table.text(
                    answer["items"].array, columns: ["kind", "id", "state"], nothing: "everything has come to its end"),
                "waits for a second person: cxrgate actions approve \(Table.cell(answer["action"]))",
                "then, with the gateway stopped: cxrgate decommission confirm \(Table.cell(answer["action"])) "
                    + "--word \(Table.cell(answer["word"])) --export FOLDER",
            ].joined(separator: "\n")
        }
    }

    struct Confirm: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Export the journal and destroy every key of this installation, for good.",
            discussion: """
                Works on the data directory of a gateway that is stopped, as the user whose it is. What was cut short is \
                ended by the same command; name a new folder if the first holds part of an export.

                Example: cxrgate decommission confirm 0123456789abcdef0123456789abcdef --word CXRGATE --export /media/end

                Exit codes: 0 done; 77 refused: not approved, still running, something open (a list says what), or held.
                """)
        @Argument(help: "The action that a second person approved.") var id: String
        @Option(name: .long, help: "The AE title of this gateway.") var word: String
        @Option(name: .long, help: "Folder for the journal and the certificate; new or empty.") var export: String
        @Flag(name: .long, help: "Although something is open; it is lost. Wants --reason.") var force = false
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let decommission = Decommission(try options.configuration())
                let certificate = try decommission.confirm(
                    Decommission.Confirmation(
                        action: id, word: word, exportFolder: export, isForced: force, reason: reason))
                options.answered(certificate) { certificate in
                    let limits = certificate["limits"].array.compactMap(\.text).map { "  - " + $0 }
                    return
                        ([
                            "every key is destroyed; \(Table.cell(certificate["studies"])) studies, "
                                + "\(Table.cell(certificate["images"])) images; the journal has "
                                + "\(Table.cell(certificate["journalEntries"])) entries",
                            "the certificate, decommission.json with decommission.sig, lies beside the exported journal",
                            "it cannot promise:",
                        ] + limits).joined(separator: "\n")
                }
            }
        }
    }
}
