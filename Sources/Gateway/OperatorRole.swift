import Foundation

/// What a person may do at the administration socket. A person may have several.
public enum OperatorRole: String, Sendable, Codable, Hashable, CaseIterable {
    /// Keeps it running: peers, queue, configuration.
    case `operator` = "operator"
    /// Answers for what the model does: models, results, held images.
    case clinicalLead = "clinical lead"
    /// Answers for patients' data: journal, holds, objections, shredding.
    case privacyOfficer = "privacy officer"
    /// Answers for keys: rotation, escrow.
    case keyCustodian = "key custodian"

    /// Who may carry out a verb; empty for a verb that no role was given: then only the superusers may.
    static func permitted(for verb: String) -> Set<OperatorRole> {
        let noun = verb.split(separator: " ").first.map(String.init) ?? verb
        return verbs[verb] ?? nouns[noun] ?? []
    }

    /// Every noun, for the verbs that have no line of their own.
    private static let nouns: [String: Set<OperatorRole>] = [
        "status": Set(allCases), "alarms": Set(allCases), "ae": [.operator], "config": [.operator],
        "queue": [.operator], "quarantine": [.clinicalLead], "trace": Set(allCases),
        "reconcile": [.operator, .privacyOfficer], "canary": [.operator], "pause": [.operator],
        "drain": [.operator], "resume": [.operator], "support": [.operator], "logs": [.operator], "backup": [.operator],
        "restore": [.keyCustodian], "instance": [.privacyOfficer],
        "journal": [.privacyOfficer], "lookup": [.privacyOfficer], "keys": [.keyCustodian],
        "hold": [.privacyOfficer], "objections": [.privacyOfficer], "retention": [.privacyOfficer],
        "feedback": [.clinicalLead], "model": [.clinicalLead], "results": [.clinicalLead],
        "decommission": [.privacyOfficer],
        // Whether one may decide about an action depends on the action.
        "actions": Set(allCases),
    ]

    private static let verbs: [String: Set<OperatorRole>] = [
        "quarantine list": [.operator, .clinicalLead, .privacyOfficer],
        "quarantine show": [.operator, .clinicalLead, .privacyOfficer],
        "model drift": [.operator, .clinicalLead],
        "model performance": [.operator, .clinicalLead],
        "instance open": [.privacyOfficer, .clinicalLead],
        "keys list": [.keyCustodian, .privacyOfficer],
        "keys shred": [.privacyOfficer],
        "hold list": [.privacyOfficer, .operator],
        "model list": Set(allCases), "model show": Set(allCases), "model ab status": Set(allCases),
        "model verify": [.clinicalLead, .operator],
    ]
}

/// Who is at the other end of the administration socket, as the kernel says.
public struct Caller: Sendable, Hashable {
    public let user: uid_t
    public let name: String
    /// Primary and supplementary groups.
    let groups: Set<gid_t>

    init(user: uid_t, groups: Set<gid_t>) {
        self.user = user
        name = UnixSocket.name(ofUser: user)
        self.groups = groups
    }

    /// This process itself.
    public static func current() -> Caller { Caller(user: geteuid(), groups: UnixSocket.groups(ofUser: geteuid())) }
}

/// Who has which role. Entries are names or numbers of users, and `group:` with a name or number of a group.
public struct AdministrationAccess: Sendable, Codable, Hashable {
    /// Whether root and the user that runs the gateway may do everything that one person may.
    public enum OwnerPolicy: String, Sendable, Codable, CaseIterable { case all, none }

    public var owner = OwnerPolicy.all
    public var members: [OperatorRole: [String]] = [:]

    /// Who has a role.
    subscript(role: OperatorRole) -> [String] {
        get { members[role] ?? [] }
        set { members[role] = newValue.isEmpty ? nil : newValue }
    }

    public init() {}

    /// Others than the owner may connect at all.
    var isShared: Bool { members.values.contains { !$0.isEmpty } }

    func roles(of caller: Caller) -> Set<OperatorRole> {
        if owner == .all, caller.user == 0 || caller.user == geteuid() { return Set(OperatorRole.allCases) }
        return Set(OperatorRole.allCases.filter { (members[$0] ?? []).contains { Self.isMember($0, caller) } })
    }

    /// Throws `refused` unless the caller may carry out the verb. Nobody may what nobody was allowed.
    func check(_ verb: String, by caller: Caller) throws(GatewayError) {
        let isSuperuser = owner == .all && (caller.user == 0 || caller.user == geteuid())
        let permitted = OperatorRole.permitted(for: verb)
        guard isSuperuser || !permitted.isDisjoint(with: roles(of: caller)) else {
            let needed = permitted.map(\.rawValue).sorted().joined(separator: " or ")
            throw .refused("this wants the role \(needed.isEmpty ? "of the owner" : needed); see administration.*")
        }
    }

    private static func isMember(_ entry: String, _ caller: Caller) -> Bool {
        guard entry.hasPrefix("group:") else { return entry == caller.name || UInt32(entry) == caller.user }
        let group = String(entry.dropFirst("group:".count))
        if let number = UInt32(group) { return caller.groups.contains(number) }
        guard let found = unsafe getgrnam(group) else { return false }
        return unsafe caller.groups.contains(found.pointee.gr_gid)
    }
}
