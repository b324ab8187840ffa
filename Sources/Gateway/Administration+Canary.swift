import Foundation

extension Administration {
    /// Sends a canary now, whether or not it is its time, and says what came of it.
    func runCanary() throws -> JSONValue {
        guard let canary else { throw GatewayError.notRunning }
        let outcome = try canary.run()
        return .object([
            "at": .number(Double(outcome.at)), "trouble": .optional(outcome.trouble),
            "answerSeconds": outcome.answerSeconds.map { .number($0) } ?? .null,
            "reportSeconds": outcome.reportSeconds.map { .number($0) } ?? .null,
        ])
    }
}
