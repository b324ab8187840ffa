import ArgumentParser
import Foundation
import Gateway

/// Writes the manual pages from the same source as the helps.
struct ManualCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the manual pages: one for the command, one for each noun.",
        discussion: """
            Examples:
              cxrgate manual /usr/local/share/man/man1
              cxrgate manual . && man -l ./cxrgate-ae.1
              cxrgate --generate-completion-script bash > /etc/bash_completion.d/cxrgate
            """)
    @Argument(help: "Directory to write to; existing pages are replaced.") var directory: String
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let pages = try ManualPage.all(fromHelp: CXRGate._dumpHelp())
            for page in pages { try Files.writePublic(page.text, to: "\(directory)/\(page.name).1") }
            options.answered(.array(pages.map { .string($0.name) })) { _ in "\(pages.count) pages in \(directory)" }
        }
    }
}

/// One page in the macros of man(7).
struct ManualPage {
    let name: String
    let text: String

    /// The tree of commands, as the argument parser tells it.
    private struct Tree: Decodable { let command: Command }

    private struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
        let subcommands: [Command]?
        let arguments: [Argument]?

        var shown: [Command] { (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" } }
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        let isOptional: Bool
        let shouldDisplay: Bool?
        let names: [Name]?
        let valueName: String?
        let abstract: String?
    }

    static func all(fromHelp json: String) throws -> [ManualPage] {
        let root = try JSONDecoder().decode(Tree.self, from: Data(json.utf8)).command
        let nouns = root.shown
        var text = head("cxrgate", root.abstract) + section("SYNOPSIS") + [".B cxrgate", "NOUN VERB [options]"]
        text += section("DESCRIPTION") + paragraphs(root.discussion) + section("COMMANDS")
        for noun in nouns { text += [".TP", ".BR cxrgate\\-\(escaped(noun.commandName)) (1)", line(noun.abstract)] }
        let first = ManualPage(name: "cxrgate", text: text.joined(separator: "\n") + "\n")
        return [first]
            + nouns.map { noun in
                let name = "cxrgate-\(noun.commandName)"
                var lines = head(name, noun.abstract)
                lines += section("SYNOPSIS") + [".B cxrgate \(escaped(noun.commandName))"]
                lines.append(noun.shown.isEmpty ? "[options]" : "VERB [options]")
                lines += section("DESCRIPTION") + paragraphs(noun.discussion ?? noun.abstract)
                if noun.shown.isEmpty { lines += section("OPTIONS") + options(noun) }
                for verb in noun.shown { lines += describe(verb, words: [noun.commandName]) }
                lines += section("SEE ALSO") + [".BR cxrgate (1)"]
                return ManualPage(name: name, text: lines.joined(separator: "\n") + "\n")
            }
    }

    private static func describe(_ command: Command, words: [String]) -> [String] {
        let words = words + [command.commandName]
        var lines = section("cxrgate " + words.joined(separator: " ")) + [line(command.abstract)]
        if let discussion = command.discussion, !discussion.isEmpty { lines += [".PP"] + paragraphs(discussion) }
        if command.shown.isEmpty { lines += options(command) }
        for inner in command.shown { lines += describe(inner, words: words) }
        return lines
    }

    private static func options(_ command: Command) -> [String] {
        (command.arguments ?? []).filter { $0.shouldDisplay != false }.flatMap { argument -> [String] in
            let names = (argument.names ?? []).map(\.text).joined(separator: ", ")
            let value = argument.kind == "flag" ? "" : (argument.valueName ?? "value").uppercased()
            return [
                ".TP", ".B " + escaped([names, value].filter { !$0.isEmpty }.joined(separator: " ")),
                line(argument.abstract),
            ]
        }
    }

    private static func head(_ name: String, _ abstract: String?) -> [String] {
        [
            ".TH \(escaped(name.uppercased())) 1 \"\" \"cxrgate \(escaped(Product.version))\"", ".SH NAME",
            "\(escaped(name)) \\- \(line(abstract))",
        ]
    }

    private static func section(_ title: String) -> [String] { [".SH \"\(escaped(title))\""] }

    /// Paragraphs as they are; indented lines, the examples, in a type of one width.
    private static func paragraphs(_ text: String?) -> [String] {
        var lines: [String] = []
        var isExample = false
        for each in (text ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = each.hasPrefix("  ")
            if isIndented != isExample { lines.append(isIndented ? ".EX" : ".EE") }
            isExample = isIndented
            lines.append(each.isEmpty ? ".PP" : line(String(each)))
        }
        if isExample { lines.append(".EE") }
        return lines.isEmpty ? [line(text)] : lines
    }

    /// One line of text: nothing in it is a request or an escape.
    private static func line(_ text: String?) -> String {
        let text = escaped((text ?? "").replacing("\n", with: " "))
        if text.isEmpty { return "\\&" }
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\"", with: "\\(dq")
    }
}

extension Files {
    /// For everyone to read.
    static func writePublic(_ text: String, to path: String) throws {
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: Foundation.Data(text.utf8), attributes: [.posixPermissions: 0o644])
        guard isWritten else { throw Complaint("\(path) cannot be written", code: CommandExit.inputOutput.rawValue) }
    }
}
