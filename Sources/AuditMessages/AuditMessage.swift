import DICOMCore

/// One audit message: who did what to what, when, with which outcome, and who says so.
///
/// The order of elements is the schema's. Texts that are empty, which the standard forbids, are left out.
/// Source: PS3.15 A.5.1, A.5.2 (edition 2026c).
public struct AuditMessage: Sendable, Hashable {
    /// Create, Read, Update, Delete, Execute.
    public enum Action: String, Sendable { case create = "C", read = "R", update = "U", delete = "D", execute = "E" }

    /// How it ended. Source: PS3.15 A.5.2.3.
    public enum Outcome: Int, Sendable { case success = 0, minorFailure = 4, seriousFailure = 8, majorFailure = 12 }

    /// A person or program that took part.
    public struct Participant: Sendable, Hashable {
        /// The kind of name by which it is reached in the network.
        public enum AccessPoint: Sendable, Hashable {
            case host(String)
            case address(String)
        }

        public var userID: String
        public var aeTitle: String?
        public var isRequestor: Bool
        public var role: Code?
        public var accessPoint: AccessPoint?

        public init(
            _ userID: String, aeTitle: String? = nil, isRequestor: Bool = false, role: Code? = nil,
            accessPoint: AccessPoint? = nil
        ) {
            self.userID = userID
            self.aeTitle = aeTitle
            self.isRequestor = isRequestor
            self.role = role
            self.accessPoint = accessPoint
        }
    }

    /// What it was done to.
    public struct Object: Sendable, Hashable {
        public var id: String
        public var idType: Code
        public var name: String
        /// 1 person, 2 system object.
        public var type: Int
        /// 1 patient, 3 report (and study), 13 security resource.
        public var role: Int?
        /// 2 copy, 4 verification, 6 access, 7 de-identification, 8 derivation, 9 report, 10 export, 14 deletion.
        public var lifeCycle: Int?
        public var details: [String: String] = [:]
        public var isAnonymized: Bool?
    }

    public var event: Code
    public var types: [Code] = []
    public var action: Action
    /// Milliseconds since 1970-01-01 UTC.
    public var at: Int64
    public var outcome: Outcome
    public var outcomeDescription: String?
    public var participants: [Participant]
    public var source: AuditSource
    public var objects: [Object] = []
}

/// Who reports: the same in every message of an installation.
public struct AuditSource: Sendable, Hashable {
    /// Names this gateway among the sources of a site; our AE title.
    public var id: String
    /// Name of the host.
    public var host: String

    public init(id: String, host: String) {
        self.id = id
        self.host = host
    }
}
