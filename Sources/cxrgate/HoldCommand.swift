import ArgumentParser
import Gateway

struct Hold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Legal holds: studies that must neither expire nor be shredded.",
        discussion: """
            The study is read from standard input.
            Example: cxrgate hold set --by accession --reason "letter of the court of 3 May"
            """,
        subcommands: [Set.self, Clear.self, List.self], defaultSubcommand: List.self)

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Put a study on legal hold.")
        @OptionGroup var study: StudyOption
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("hold set", try study.arguments(), reason: reason)) {
                    "held \(Table.cell($0["held"]))"
                }
            }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a study go from legal hold.")
        @OptionGroup var study: StudyOption
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("hold clear", try study.arguments(), reason: reason)) {
                    "cleared \(Table.cell($0["cleared"]))"
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the studies on legal hold.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("hold list")) {
                    Table.text($0.array, columns: ["study", "by", "at", "reason"], nothing: "nothing is on hold")
                }
            }
        }
    }
}

struct ObjectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objections", abstract: "Patients who object to analysis or to secondary use.",
        discussion: """
            The Patient ID is read from standard input and kept as a keyed pseudonym only. An image of a patient who \
            objects to analysis is received, not looked at, and says so: not-eligible, OBJ-001.

            Example: cxrgate objections add --purpose analysis
            """,
        subcommands: [Add.self, Remove.self, List.self], defaultSubcommand: List.self)

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Note that a patient objects.")
        @Option(name: .long, help: "analysis, secondary, or all.") var purpose = "all"
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let arguments = ["purpose": purpose, "patient": try StandardInput.line("Patient ID")]
                try await options.ask(AdministrationRequest("objections add", arguments)) {
                    "noted: \(Table.cell($0["added"]))"
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "A patient objects no longer.")
        @Option(name: .long, help: "analysis, secondary, or all.") var purpose = "all"
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let arguments = ["purpose": purpose, "patient": try StandardInput.line("Patient ID")]
                try await options.ask(AdministrationRequest("objections remove", arguments)) {
                    "removed: \(Table.cell($0["removed"]))"
                }
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the objections, by pseudonym.")
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                try await options.ask(AdministrationRequest("objections list")) {
                    Table.text($0.array, columns: ["patient", "purpose", "by", "at"], nothing: "nobody objects")
                }
            }
        }
    }
}
