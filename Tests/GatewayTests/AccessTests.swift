import Foundation
import Testing

@testable import Gateway

@Suite struct AccessTests {
    private let alice = Caller(user: 4_000_001, groups: [4_100_000])
    private let bob = Caller(user: 4_000_002, groups: [4_200_000])

    private func access(_ members: [OperatorRole: [String]], owner: AdministrationAccess.OwnerPolicy = .all)
        -> AdministrationAccess
    {
        var access = AdministrationAccess()
        access.members = members
        access.owner = owner
        return access
    }

    @Test("nobody may what nobody was allowed, and each may what the own roles allow")
    func roles() throws {
        let access = access([.keyCustodian: ["4000001"], .privacyOfficer: ["group:4200000"]])
        try access.check("keys rotate", by: alice)
        try access.check("keys list", by: bob)
        try access.check("keys shred", by: bob)
        for (verb, caller) in [
            ("keys shred", alice), ("keys rotate", bob), ("ae add", alice), ("ae add", bob), ("no such verb", alice),
            ("quarantine release", bob),
        ] {
            #expect(throws: GatewayError.self, "\(verb)") { try access.check(verb, by: caller) }
        }
        for verb in ["status", "keys list"] {
            #expect(throws: GatewayError.self) {
                try access.check(verb, by: Caller(user: 4_000_003, groups: []))
            }
        }
    }

    @Test("the owner and root may everything one person may, unless the configuration says otherwise")
    func owner() throws {
        let root = Caller(user: 0, groups: [0])
        try access([:]).check("keys rotate", by: root)
        try access([:]).check("a verb of tomorrow", by: root)
        #expect(throws: GatewayError.self) { try access([:], owner: .none).check("keys rotate", by: root) }
        try access([.keyCustodian: ["root"]], owner: .none).check("keys rotate", by: root)
    }

    @Test("every verb that administration knows has a role")
    func everyVerb() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Gateway/Administration.swift")
        let text = try String(contentsOf: file, encoding: .utf8)
        let verbs = text.split(separator: "\n").compactMap { line -> String? in
            guard let start = line.range(of: "case \""), let end = line.range(of: "\":") else { return nil }
            return String(line[start.upperBound..<end.lowerBound])
        }
        #expect(verbs.count >= 25)
        for verb in verbs { #expect(!OperatorRole.permitted(for: verb).isEmpty, "\(verb) has no role") }
    }

    @Test("lists of people and clocks are read from the configuration, and nonsense is refused")
    func configuration() throws {
        let environment = [
            "CXR_ADMINISTRATION_KEY_CUSTODIANS": "alice, group:keys", "CXR_ADMINISTRATION_OWNER": "none",
            "CXR_ADMINISTRATION_SOCKET": "/run/cxrgate/admin.sock", "CXR_RETENTION_PIXELS_DAYS": "0.5",
            "CXR_CONFIG": "/nonexistent",
        ]
        let read = try GatewayConfiguration.load(file: nil, environment: environment)
        #expect(read.access.members == [.keyCustodian: ["alice", "group:keys"]])
        #expect(read.access.owner == .none && read.access.isShared)
        #expect(read.socketPath == "/run/cxrgate/admin.sock" && read.retention.pixelsDays == 0.5)
        for wrong in [
            ["CXR_RETENTION_IDENTITY_DAYS": "1"], ["CXR_RETENTION_JOBS_DAYS": "-1"],
            ["CXR_ADMINISTRATION_OWNER": "perhaps"],
        ] {
            #expect(throws: ConfigurationError.self) {
                try GatewayConfiguration.load(
                    file: nil, environment: wrong.merging(["CXR_CONFIG": "/nonexistent"]) { $1 })
            }
        }
    }
}
