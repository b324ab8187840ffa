import ArgumentParser
import Foundation
import Gateway
import Watching

struct Support: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "support", abstract: "What someone who helps needs to see, and nothing of a patient.",
        subcommands: [Bundle.self])

    struct Bundle: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write figures, states, codes and peers into one file, after showing it.",
            discussion: """
                The file holds what is on a list of what goes in. Before it is written it is searched for what looks \
                like a name, a UID, a date or a long number, and for every line of standard input with --search; if \
                anything is found nothing is written.

                Examples:
                  cxrgate support bundle support.json            shows it, and asks
                  cxrgate support bundle support.json --yes --search < names-that-must-not-be-in-it
                """)
        @Argument(help: "File to write; it must not exist.") var file: String
        @Flag(name: .long, help: "Do not ask.") var yes = false
        @Flag(name: .long, help: "Search it also for each line of standard input.") var search = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let configuration = try options.configuration()
                let facts = try Door.perform(AdministrationRequest("support facts"), configuration: configuration).get()
                let checks = JSONValue.array(
                    Check.run(configuration).filter { $0.what != "data directory" }.map {
                        .object(["what": .string($0.what), "fine": .bool($0.isFine), "message": .string($0.message)])
                    })
                let bundle = facts.with("version", .string(Product.version)).with("check", checks)
                let text = Options.text(of: bundle) + "\n"
                let words = search ? Self.words() : []
                let found = IdentitySearch(words: words).findings(in: text)
                guard found.isEmpty else {
                    throw Complaint(
                        "nothing was written: \(found.joined(separator: "; "))", code: CommandExit.refused.rawValue)
                }
                Terminal.say(text)
                guard yes || (isatty(STDIN_FILENO) == 1 && Self.agrees(file)) else {
                    throw Complaint("nothing was written; say --yes", code: CommandExit.refused.rawValue)
                }
                guard !FileManager.default.fileExists(atPath: file),
                    FileManager.default.createFile(
                        atPath: file, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
                else {
                    throw Complaint(
                        "the file is there already, or cannot be made", code: CommandExit.inputOutput.rawValue)
                }
                Terminal.say("written: \(text.utf8.count) bytes")
            }
        }

        private static func words() -> [String] {
            var words: [String] = []
            while let line = readLine(strippingNewline: true) { words.append(line) }
            return words
        }

        private static func agrees(_ file: String) -> Bool {
            FileHandle.standardError.write(Data("write this to the file? [y/N] ".utf8))
            return readLine()?.lowercased() == "y"
        }
    }
}
