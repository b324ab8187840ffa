import ArgumentParser
import Foundation
import Gateway
import Journal

struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "The signed record of every touch of patient data.",
        discussion: """
            Examples:
              cxrgate journal verify                                prove that nothing was changed, removed or cut off
              cxrgate journal verify --public-key journal.pub --checkpoint checkpoint.note /media/copy/journal
                                                                    the same elsewhere, without the gateway
              cxrgate journal checkpoint > checkpoint.note          keep it where the gateway cannot write
              cxrgate journal search --by patient < patient-id      who touched this patient's images
              cxrgate journal accounting --by patient < patient-id  what went to whom
              cxrgate journal export /media/copy                    a copy that verifies by itself

            Identifiers are read from standard input, never from the command line: others can see that.
            """,
        subcommands: [
            Verify.self, Show.self, CheckpointCommand.self, Search.self, Accounting.self, Export.self,
        ], defaultSubcommand: Verify.self)

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that nothing was changed, removed or cut off; exit code 1 and the place if it was.",
            discussion: "With --public-key it works on a copy, offline, and needs neither gateway nor configuration.")
        @Option(name: .long, help: "File with the public key (64 hexadecimal digits); trust the newest.")
        var publicKey: String?
        @Option(name: .long, help: "File with checkpoints that were kept elsewhere. May be given again.")
        var checkpoint: [String] = []
        @Argument(help: "Directory with the segments; only with --public-key.") var directory: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                guard let publicKey else {
                    guard directory == nil, checkpoint.isEmpty else {
                        throw Complaint("a copy is verified with --public-key", code: CommandExit.usage.rawValue)
                    }
                    return try await options.ask(AdministrationRequest("journal verify")) { Self.text($0) }
                }
                guard let directory else {
                    throw Complaint("which directory?", code: CommandExit.usage.rawValue)
                }
                let notes = try checkpoint.map { String(decoding: try Files.read($0), as: UTF8.self) }
                options.answered(
                    try JournalCopy.verify(
                        directory, publicKey: String(decoding: Files.read(publicKey), as: UTF8.self),
                        checkpoints: notes)
                ) { Self.text($0) }
            }
        }

        private static func text(_ answer: JSONValue) -> String {
            "the journal is whole: \(Table.cell(answer["entries"])) entries, "
                + "\(Table.cell(answer["checkpoints"])) signed checkpoints, root \(Table.cell(answer["root"]))"
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the last entries.", discussion: "Example: cxrgate journal show --limit 20")
        @Option(name: .long, help: "How many.") var limit = 50
        @Option(name: .long, help: "Only those about this image or study id.") var subject: String?
        @Flag(name: .long, help: "Open the reasons that people gave; this is journalled.") var reasons = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                var arguments = ["limit": "\(limit)"]
                arguments["subject"] = subject
                if reasons { arguments["reasons"] = "true" }
                try await options.ask(AdministrationRequest("journal show", arguments)) {
                    Self.table($0, nothing: "the journal is empty")
                }
            }
        }

        static func table(_ entries: JSONValue, nothing: String) -> String {
            Table.text(
                entries.array, columns: ["index", "at", "kind", "actor", "outcome", "details"], nothing: nothing)
        }
    }

    struct CheckpointCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "checkpoint",
            abstract: "Print the last signed checkpoint, to be kept where the gateway cannot write.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("journal checkpoint")) { answer in
                    String(Table.cell(answer["note"]).dropLast())
                }
            }
        }
    }

    struct Search: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show every entry about a patient or study, named on standard input.",
            discussion: "Example: cxrgate journal search --by study < study-instance-uid")
        @Option(name: .long, help: "patient (Patient ID) or study (Study Instance UID).") var by: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let arguments = ["by": by, "identifier": try StandardInput.identifier(by)]
                try await options.ask(AdministrationRequest("journal search", arguments)) {
                    Show.table($0, nothing: "nothing in the journal is about this \(by)")
                }
            }
        }
    }

    struct Accounting: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Account for disclosures: what of a patient went to whom, and who looked at it here.",
            discussion: "Example: cxrgate journal accounting --by patient < patient-id")
        @Option(name: .long, help: "patient (Patient ID) or study (Study Instance UID).") var by = "patient"
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let arguments = ["by": by, "identifier": try StandardInput.identifier(by)]
                try await options.ask(AdministrationRequest("journal accounting", arguments)) { report in
                    [
                        "\(Table.cell(report["studies"])) studies, \(Table.cell(report["entries"])) entries",
                        "Disclosures:",
                        Table.text(
                            report["disclosures"].array, columns: ["at", "to", "what", "purpose", "index"],
                            nothing: "none"),
                        "Accesses by people here:",
                        Table.text(
                            report["accesses"].array, columns: ["at", "by", "what", "detail", "index"],
                            nothing: "none"),
                    ].joined(separator: "\n")
                }
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the journal with its public key and last checkpoint; journalled first.",
            discussion: """
                Example: cxrgate journal export /media/copy
                Verify:  cxrgate journal verify --public-key /media/copy/journal.pub \\
                           --checkpoint /media/copy/checkpoint.note /media/copy/journal
                """)
        @Argument(help: "Directory to make; it must be new or empty.") var directory: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let target = URL(fileURLWithPath: directory).standardizedFileURL.path
                try await options.ask(AdministrationRequest("journal export")) { _ in "the export is in the journal" }
                let configuration = try options.configuration()
                let size = try JournalCopy.export(configuration, to: target)
                if !options.json { print("\(size) entries are in \(directory)") }
            }
        }
    }
}
