import ArgumentParser
import Foundation
import Gateway

/// Whether the running gateway is well, in one line and an exit code.
/// Source: Nagios Plugin Development Guidelines (return codes, performance data).
struct BriefCheck {
    let options: Options

    private enum Verdict: Int32 {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        var word: String { "\(self)".uppercased() }
    }

    func run() async throws {
        let (verdict, words) = await judge()
        print("CXRGATE \(verdict.word) - \(words)")
        throw ExitCode(verdict.rawValue)
    }

    private func judge() async -> (Verdict, String) {
        do {
            let configuration = try options.configuration()
            guard
                let answer = try AdministrationClient.ask(
                    AdministrationRequest("alarms list"), socket: configuration.socketPath)
            else { return (.critical, "no gateway works on this data directory") }
            let alarms = try answer.get().array
            let status = try AdministrationClient.ask(
                AdministrationRequest("status"), socket: configuration.socketPath)?.get()
            let figures = Self.performance(status ?? .null)
            guard !alarms.isEmpty else { return (.ok, "no alarm | \(figures)") }
            let isCritical = alarms.contains { $0["severity"] == .string("critical") }
            let words = alarms.map { Table.cell($0["text"]) }.joined(separator: "; ").replacingOccurrences(
                of: "|", with: "/")
            return (isCritical ? .critical : .warning, "\(words) | \(figures)")
        } catch {
            return (.unknown, "\(error)".replacingOccurrences(of: "\n", with: " "))
        }
    }

    private static func performance(_ status: JSONValue) -> String {
        let jobs = if case .object(let members) = status["jobs"] { members } else { [String: JSONValue]() }
        let open = jobs.filter { $0.key.hasSuffix("waiting") || $0.key.hasSuffix("leased") }
            .reduce(0) { $0 + ($1.value.number ?? 0) }
        return "open_jobs=\(Int(open)) disk_free=\(Table.cell(status["diskFreeMiB"]))MB "
            + "received=\(Table.cell(status["counters"]["instances received"]).replacingOccurrences(of: "-", with: "0"))c"
    }
}
