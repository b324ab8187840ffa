import ArgumentParser
import Foundation
import Gateway

struct CanaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canary",
        abstract: "Send a synthetic radiograph through the running gateway, and see it come back.",
        discussion: """
            It is received, cleared, analysed, reported and delivered like any other, to a destination of its own on the \
            loopback; it counts in no statistics. The first answer of each model is remembered, and every later one is held \
            against it. Ends with 1 if something is wrong. `canary.minutes` in the configuration sends one regularly and raises the alarm `canary`.

            Examples:
              cxrgate canary
              cxrgate config apply --reason "watch the path"    after canary.minutes: 15
            """)
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            var isWell = true
            try await options.ask(AdministrationRequest("canary")) { answer in
                if let trouble = answer["trouble"].text { return "the canary: \(trouble)" }
                func seconds(_ name: String) -> String {
                    answer[name].number.map { String(format: "%.2f s", $0) } ?? "-"
                }
                return "taken after \(seconds("answerSeconds")), reported after \(seconds("reportSeconds"))"
            } then: { answer in
                isWell = answer["trouble"].text == nil
            }
            if !isWell { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }
}
