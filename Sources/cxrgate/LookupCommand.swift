import ArgumentParser
import Gateway

struct Lookup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "From an accession number or patient id (standard input) to the images and where they stand.",
        discussion: """
            The identifier is never part of the command line, is not printed and not kept; the reading is journalled. \
            Go on with `cxrgate trace IMAGE`.

            Examples:
              cxrgate lookup --by accession              asks for it
              cxrgate lookup --by patient < patient-id
            """)
    @Option(name: .long, help: "accession (Accession Number), patient (Patient ID) or study (Study Instance UID).")
    var by = "accession"
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let arguments = ["by": by, "identifier": try StandardInput.identifier(by)]
            try await options.ask(AdministrationRequest("lookup", arguments)) { found in
                Table.fitted(
                    found.array.map { $0.with("when", Table.relative($0["received"])) },
                    columns: ["image", "state", "source", "when", "openJobs"], below: "reason",
                    nothing: "nothing here is of this \(by)")
            }
        }
    }
}
