import Foundation

/// Holds the parts of the program against advisories in the OSV form that lie in a folder: no network is needed.
///
/// A scan that did not happen must not look like one that found nothing: a part for whose ecosystem there is no advisory at
/// all, a file that cannot be read, and a folder that nobody has renewed are failures.
/// Source: ossf.github.io/osv-schema.
public struct AdvisoryScan: Sendable {
    let folder: String
    let now: Int64
    /// Days after which the newest advisory of an ecosystem is too old for the folder to be trusted.
    let staleAfterDays: Int

    private static let dayMilliseconds: Int64 = 86_400_000
    /// A few kilobytes each, tens of thousands of them: more is no advisory.
    private static let fileLimit = 16 << 20

    public init(folder: String, now: Int64 = GatewayClock.system.milliseconds(), staleAfterDays: Int = 7) {
        self.folder = folder
        self.now = now
        self.staleAfterDays = staleAfterDays
    }

    /// What was found; `isClean` only if every part was scanned against fresh advisories and none applies.
    public struct Verdict: Sendable {
        public let summary: JSONValue
        public let isClean: Bool
    }

    public func run(_ parts: [SoftwarePart]) throws -> Verdict {
        var unreadable: [String] = []
        var newest: [SoftwarePart.Ecosystem: Int64] = [:]
        var findings: [JSONValue] = []
        var count = 0
        for file in try files() {
            guard let advisory = advisory(file), advisory["id"].text != nil,
                let modified = advisory["modified"].text.flatMap(Self.milliseconds)
            else {
                unreadable.append(file)
                continue
            }
            count += 1
            for affected in advisory["affected"].array {
                guard let ecosystem = affected["package"]["ecosystem"].text.flatMap(SoftwarePart.Ecosystem.init) else {
                    continue
                }
                newest[ecosystem] = max(newest[ecosystem] ?? 0, modified)
                // Taken back by whoever wrote it.
                guard advisory["withdrawn"].isNull else { continue }
                for part in parts where Self.applies(affected, to: part, ecosystem) {
                    findings.append(
                        .object([
                            "advisory": advisory["id"], "part": .string(part.name), "version": .string(part.version),
                            "fixed": .optional(Self.fix(affected)), "summary": advisory["summary"],
                        ]))
                }
            }
        }
        let used = Set(parts.map(\.ecosystem))
        let notScanned =
            used.filter { newest[$0] == nil }.map(\.rawValue)
            + parts.filter { $0.version == "unknown" }.map(\.name)
        let limit = now - Int64(staleAfterDays) * Self.dayMilliseconds
        let stale = used.filter { newest[$0].map { $0 < limit } ?? false }.map(\.rawValue)
        return Verdict(
            summary: .object([
                "advisories": .number(count), "parts": .number(parts.count), "findings": .array(findings),
                "notScanned": .array(notScanned.sorted().map { .string($0) }),
                "stale": .array(stale.sorted().map { .string($0) }),
                "unreadable": .array(unreadable.map { .string($0) }),
            ]), isClean: findings.isEmpty && notScanned.isEmpty && stale.isEmpty && unreadable.isEmpty && count > 0)
    }

    /// Every JSON file below the folder, by its relative path.
    private func files() throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder),
            let names = FileManager.default.enumerator(atPath: folder)
        else {
            throw GatewayError.notFound("folder of advisories of this name; nothing was scanned")
        }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }.sorted()
    }

    private func advisory(_ file: String) -> JSONValue? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)"), data.count <= Self.fileLimit else {
            return nil
        }
        return try? JSONDecoder().decode(JSONValue.self, from: data)
    }

    private static func applies(
        _ affected: JSONValue, to part: SoftwarePart, _ ecosystem: SoftwarePart.Ecosystem
    ) -> Bool {
        guard ecosystem == part.ecosystem, let name = affected["package"]["name"].text,
            name == part.advisoryName || "https://\(name)" == "https://\(part.advisoryName).git"
        else { return false }
        if affected["versions"].array.contains(.string(part.version)) { return true }
        return affected["ranges"].array.contains { range in
            range["type"].text != "GIT" && isWithin(range["events"].array, part)
        }
    }

    /// Source: the OSV schema, "Evaluation": affected from `introduced` on, until `fixed` or behind `last_affected`.
    private static func isWithin(_ events: [JSONValue], _ part: SoftwarePart) -> Bool {
        var isAffected = false
        func isBefore(_ left: String, _ right: String) -> Bool {
            VersionOrder.isBefore(left, right, in: part.ecosystem)
        }
        let sorted = events.sorted { isBefore(version(of: $0), version(of: $1)) }
        for event in sorted {
            if let introduced = event["introduced"].text, !isBefore(part.version, introduced) { isAffected = true }
            if let fixed = event["fixed"].text, !isBefore(part.version, fixed) { isAffected = false }
            if let last = event["last_affected"].text, isBefore(last, part.version) { isAffected = false }
        }
        return isAffected
    }

    private static func version(of event: JSONValue) -> String {
        ["introduced", "fixed", "last_affected", "limit"].lazy.compactMap { event[$0].text }.first ?? "0"
    }

    private static func fix(_ affected: JSONValue) -> String? {
        affected["ranges"].array.flatMap { $0["events"].array }.compactMap { $0["fixed"].text }.last
    }

    private static func milliseconds(_ text: String) -> Int64? {
        let whole = text.split(separator: ".").first.map { $0.hasSuffix("Z") ? String($0) : $0 + "Z" } ?? text
        guard let date = try? Date(whole, strategy: .iso8601) else { return nil }
        return Int64(date.timeIntervalSince1970 * 1000)
    }
}
