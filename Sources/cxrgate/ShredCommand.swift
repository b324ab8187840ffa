import ArgumentParser
import Gateway

extension Keys {
    struct Shred: Question {
        static let configuration = CommandConfiguration(
            abstract: "Ask to make one study unreadable for good, by destroying its keys; a second person approves.",
            discussion: """
                The study is read from standard input, never from the command line: its pseudonym, its Study Instance \
                UID, or its accession number. Another person then runs `cxrgate actions approve ID`, and the answer is \
                a signed certificate; it lies in the data directory, under shredded/, with a detached Ed25519 signature \
                by the journal's key.

                Example: cxrgate keys shred --by accession --reason "erasure asked for by the patient"
                """)
        @OptionGroup var study: StudyOption
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("keys shred", try study.arguments(), reason: reason)
        }

        func text(of answer: JSONValue) -> String {
            "waits for a second person: cxrgate actions approve \(Table.cell(answer["action"]))"
        }
    }
}

/// How a study is named, on standard input.
struct StudyOption: ParsableArguments {
    @Option(name: .long, help: "What the name on standard input is: pseudonym, uid, or accession.")
    var by = "pseudonym"

    func arguments() throws -> [String: String] {
        ["by": by, "study": try StandardInput.line("study (\(by))")]
    }
}

struct Actions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actions", abstract: "What one person has asked for and another must approve.",
        discussion: """
            Examples:
              cxrgate actions list
              cxrgate actions approve 0123456789abcdef0123456789abcdef
            """,
        subcommands: [List.self, Approve.self, Reject.self], defaultSubcommand: List.self)

    struct List: Question {
        static let configuration = CommandConfiguration(abstract: "List what was asked for.")
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("actions list")
        }

        func text(of answer: JSONValue) -> String {
            Table.text(
                answer.array, columns: ["id", "verb", "state", "by", "at", "reason"],
                nothing: "nothing was asked for")
        }
    }

    struct Approve: Question {
        static let configuration = CommandConfiguration(
            abstract: "Agree, as a second person, to what another has asked for; it is carried out at once.")
        @Argument var id: String
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("actions approve", ["id": id])
        }

        func text(of answer: JSONValue) -> String {
            if !answer["changes"].isNull { return ConfigCommand.applied(answer) }
            return answer.array.isEmpty
                ? "approved \(Table.cell(answer["verb"]))"
                : answer.array.map {
                    "shredded \(Table.cell($0["study"])), \(Table.cell($0["instances"])) images"
                }.joined(separator: "\n")
        }
    }

    struct Reject: Question {
        static let configuration = CommandConfiguration(
            abstract: "Refuse, or take back, what was asked for.", discussion: "Example: cxrgate actions reject ID")
        @Argument var id: String
        @OptionGroup var options: Options

        func request() throws -> AdministrationRequest {
            AdministrationRequest("actions reject", ["id": id])
        }

        func text(of answer: JSONValue) -> String {
            "rejected \(Table.cell(answer["rejected"]))"
        }
    }
}
