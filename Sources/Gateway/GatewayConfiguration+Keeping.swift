import Configuration
import Foundation

/// How long each kind of data is kept, in days; counted from the last change of a study whose images have all come to
/// an end. Fractions are allowed.
public struct Retention: Sendable, Codable, Hashable {
    /// De-identified pixels: only to look again at what was found.
    public var pixelsDays = 30.0
    /// Findings, renderings and made results: the PACS has them.
    public var resultsDays = 30.0
    /// Identities, and with them the recall record: for as long a result can be taken back.
    public var identityDays = 365.0
    /// Rows of jobs that are done.
    public var jobsDays = 30.0

    public init() {}
}

extension GatewayConfiguration {
    /// Takes the keys about people and time.
    static func keeping(
        _ reader: ConfigReader, problems: inout [String]
    ) -> (access: AdministrationAccess, socket: String?, retention: Retention) {
        var access = AdministrationAccess()
        let lists: [(ConfigKey, OperatorRole)] = [
            ("administration.operators", .operator), ("administration.clinical_leads", .clinicalLead),
            ("administration.privacy_officers", .privacyOfficer), ("administration.key_custodians", .keyCustodian),
        ]
        for (key, role) in lists {
            guard let text = reader.string(forKey: key) else { continue }
            let entries = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            access.members[role] = entries.filter { !$0.isEmpty }
        }
        if let text = reader.string(forKey: "administration.owner") {
            if let policy = AdministrationAccess.OwnerPolicy(rawValue: text) {
                access.owner = policy
            } else {
                problems.append("administration.owner: '\(text)' is not one of all, none")
            }
        }
        var retention = Retention()
        let clocks: [(ConfigKey, WritableKeyPath<Retention, Double>)] = [
            ("retention.pixels_days", \.pixelsDays), ("retention.results_days", \.resultsDays),
            ("retention.identity_days", \.identityDays), ("retention.jobs_days", \.jobsDays),
        ]
        for (key, path) in clocks {
            guard let text = reader.string(forKey: key) ?? reader.double(forKey: key).map({ "\($0)" }) else { continue }
            if let days = Double(text), (0...36500).contains(days) {
                retention[keyPath: path] = days
            } else {
                problems.append("\(key): '\(text)' is not within 0…36500 days")
            }
        }
        if retention.identityDays < max(retention.pixelsDays, retention.resultsDays) {
            problems.append("retention.identity_days: not below pixels_days and results_days, which need it")
        }
        return (access, reader.string(forKey: "administration.socket"), retention)
    }

    static func users(_ reader: ConfigReader, problems: inout [String]) -> RoleUsers? {
        let keys: [ConfigKey] = ["roles.reception_user", "roles.analysis_user", "roles.filing_user", "roles.group"]
        let values = keys.compactMap { reader.string(forKey: $0) }.filter { !$0.isEmpty }
        if values.isEmpty { return nil }
        guard values.count == keys.count else {
            problems.append("roles: reception_user, analysis_user, filing_user and group, all of them or none")
            return nil
        }
        return RoleUsers(reception: values[0], analysis: values[1], filing: values[2], group: values[3])
    }

    /// The administration socket.
    public var socketPath: String { administrationSocket ?? dataDirectory + "/admin.sock" }
}
