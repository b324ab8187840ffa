import ArgumentParser
import Foundation
import Gateway

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that every image that was ever answered with Success came to one end, or is on its way.",
        discussion: """
            By the journal: what it says was received, and what became of it. With --list, the sender's own list of SOP \
            Instance UIDs (one in each line of standard input) is compared; nothing of it is printed or kept, what is \
            missing is named by its line. Ends with 1 if anything is missing or stands still.

            Examples:
              cxrgate reconcile
              cxrgate reconcile --list < uids-the-modality-sent
            """)
    @Flag(name: .long, help: "Compare with SOP Instance UIDs from standard input.") var list = false
    @OptionGroup var options: Options

    /// UIDs in one question.
    private static let batch = 500
    /// UIDs in one list: bounds the memory of this command.
    private static let most = 5_000_000

    func run() async throws {
        try await complaining {
            let value = list ? try await compare() : try await ask(AdministrationRequest("reconcile"))
            options.answered(value, show: list ? Self.listText : Self.text)
            if value["fine"] != .bool(true) { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }

    private func ask(_ request: AdministrationRequest) async throws -> JSONValue {
        try Door.perform(request, configuration: try options.configuration()).get()
    }

    private func compare() async throws -> JSONValue {
        var states: [String: Int] = [:]
        var missing: [Int] = []
        var invalid: [Int] = []
        var chunk: [String] = []
        var count = 0
        func flush() async throws {
            if chunk.isEmpty { return }
            let answer = try await ask(AdministrationRequest("reconcile", ["uids": chunk.joined(separator: " ")]))
            for (index, state) in answer.array.enumerated() {
                let (line, name) = (count - chunk.count + index + 1, state.text ?? "missing")
                states[name, default: 0] += 1
                if name == "missing" { missing.append(line) }
                if name == "not a UID" { invalid.append(line) }
            }
            chunk = []
        }
        while let line = readLine(strippingNewline: true) {
            count += 1
            guard count <= Self.most else {
                throw Complaint("a list has at most \(Self.most) lines", code: CommandExit.usage.rawValue)
            }
            let uid = line.trimmingCharacters(in: .whitespaces)
            // A word of its own keeps the places of the others.
            chunk.append(uid.isEmpty || uid.contains(" ") ? "-" : String(uid.prefix(65)))
            if chunk.count == Self.batch { try await flush() }
        }
        try await flush()
        return .object([
            "lines": .number(count), "states": .object(states.mapValues { .number($0) }),
            "missingLines": .array(missing.map { .number($0) }), "invalidLines": .array(invalid.map { .number($0) }),
            "fine": .bool(count > 0 && missing.isEmpty && invalid.isEmpty),
        ])
    }

    private static func text(_ answer: JSONValue) -> String {
        [
            "\(Table.cell(answer["answered"])) images answered with Success (and \(Table.cell(answer["repeats"])) repeats)",
            "came to an end: " + (answer["ended"] == .object([:]) ? "none" : Table.cell(answer["ended"])),
            "on their way:   " + (answer["underWay"] == .object([:]) ? "none" : Table.cell(answer["underWay"])),
            "missing: \(Table.cell(answer["missing"])), standing still: \(Table.cell(answer["stuck"])), "
                + "not in the journal: \(Table.cell(answer["unjournalled"]))",
            answer["fine"] == .bool(true) ? "every one is accounted for" : "NOT every one is accounted for",
        ].joined(separator: "\n")
    }

    private static func listText(_ answer: JSONValue) -> String {
        [
            "\(Table.cell(answer["lines"])) lines: \(Table.cell(answer["states"]))",
            answer["missingLines"].array.isEmpty ? "" : "missing, by line: \(Table.cell(answer["missingLines"]))",
            answer["invalidLines"].array.isEmpty ? "" : "no UID, by line: \(Table.cell(answer["invalidLines"]))",
            answer["fine"] == .bool(true) ? "every one is here" : "NOT every one is here",
        ].filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
