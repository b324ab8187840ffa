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

    struct Set: Question {
        static let configuration = CommandConfiguration(abstract: "Put a study on legal hold.")
        @OptionGroup var study: StudyOption
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("hold set", try study.arguments(), reason: reason)
        }

        func text(of answer: JSONValue) -> String {
            "held \(Table.cell(answer["held"]))"
        }
    }

    struct Clear: Question {
        static let configuration = CommandConfiguration(
            abstract: "Let a study go from legal hold.",
            discussion: "Example: cxrgate hold clear --by accession --reason \"the case is closed\"")
        @OptionGroup var study: StudyOption
        @Option(name: .long, help: "Why.") var reason: String
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("hold clear", try study.arguments(), reason: reason)
        }

        func text(of answer: JSONValue) -> String {
            "cleared \(Table.cell(answer["cleared"]))"
        }
    }

    struct List: Question {
        static let configuration = CommandConfiguration(
            abstract: "List the studies on legal hold.", discussion: "Example: cxrgate hold list")
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("hold list")
        }

        func text(of answer: JSONValue) -> String {
            Table.text(answer.array, columns: ["study", "by", "at", "reason"], nothing: "nothing is on hold")
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

    struct Add: Question {
        static let configuration = CommandConfiguration(abstract: "Note that a patient objects.")
        @Option(name: .long, help: "analysis, secondary, or all.") var purpose = "all"
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            let arguments = ["purpose": purpose, "patient": try StandardInput.line("Patient ID")]
            return AdministrationRequest("objections add", arguments)
        }

        func text(of answer: JSONValue) -> String {
            "noted: \(Table.cell(answer["added"]))"
        }
    }

    struct Remove: Question {
        static let configuration = CommandConfiguration(
            abstract: "A patient objects no longer.",
            discussion: "Example: cxrgate objections remove --purpose analysis")
        @Option(name: .long, help: "analysis, secondary, or all.") var purpose = "all"
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            let arguments = ["purpose": purpose, "patient": try StandardInput.line("Patient ID")]
            return AdministrationRequest("objections remove", arguments)
        }

        func text(of answer: JSONValue) -> String {
            "removed: \(Table.cell(answer["removed"]))"
        }
    }

    struct List: Question {
        static let configuration = CommandConfiguration(
            abstract: "List the objections, by pseudonym.", discussion: "Example: cxrgate objections list")
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("objections list")
        }

        func text(of answer: JSONValue) -> String {
            Table.text(answer.array, columns: ["patient", "purpose", "by", "at"], nothing: "nobody objects")
        }
    }
}
