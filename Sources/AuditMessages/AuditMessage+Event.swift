import DICOMCore
import Journal

extension AuditMessage {
    /// The audit message of a journal entry. It holds what the journal holds: keyed pseudonyms where the standard has
    /// Study Instance UID and Patient ID (their own code says so), and no names.
    /// Source: PS3.15 A.5.3.
    public init(_ entry: JournalEntry, source: AuditSource) {
        let event = entry.event
        let line = AuditCatalogue.line(event)
        self.init(
            event: AuditMessage.eventID(line.shape), types: AuditMessage.types(line.shape), action: line.action,
            at: event.at, outcome: AuditMessage.outcome(of: event),
            outcomeDescription: "journal entry \(entry.index): \(event.outcome)",
            participants: AuditMessage.participants(event, line, source), source: source,
            objects: AuditMessage.objects(event, line, source))
    }

    private static func eventID(_ shape: AuditCatalogue.Shape) -> Code {
        switch shape {
        case .transfer: AuditCatalogue.instancesTransferred
        case .access: AuditCatalogue.instancesAccessed
        case .studyDeleted: AuditCatalogue.studyDeleted
        case .export: AuditCatalogue.export
        case .logUsed: AuditCatalogue.auditLogUsed
        case .alert: AuditCatalogue.securityAlert
        case .activity: AuditCatalogue.applicationActivity
        }
    }

    private static func types(_ shape: AuditCatalogue.Shape) -> [Code] {
        switch shape {
        case .alert(let type), .activity(let type): [type]
        default: []
        }
    }

    private static func outcome(of event: JournalEvent) -> Outcome {
        switch event.outcome {
        case "ok", "repeat": event.kind == .refuse ? .minorFailure : .success
        default: event.kind == .deliver || event.kind == .report ? .seriousFailure : .minorFailure
        }
    }

    private static func participants(
        _ event: JournalEvent, _ line: AuditCatalogue.Line, _ source: AuditSource
    ) -> [Participant] {
        let plain = Participant(
            "cxrgate \(event.actor.hasPrefix("administrator:") ? "administration" : event.actor)", aeTitle: source.id,
            accessPoint: .host(source.host))
        func gateway(_ role: Code?, isRequestor: Bool) -> Participant {
            var participant = plain
            participant.role = role
            participant.isRequestor = isRequestor
            return participant
        }
        func peer(_ name: String, _ role: Code, isRequestor: Bool) -> Participant {
            let title = event.details[name] ?? "unknown"
            return Participant(
                title, aeTitle: title, isRequestor: isRequestor, role: role,
                accessPoint: event.details["address"].map { .address($0) })
        }
        switch line.shape {
        case .transfer where event.kind == .receive:
            return [
                peer("ae", AuditCatalogue.source, isRequestor: true),
                gateway(AuditCatalogue.destination, isRequestor: false),
            ]
        case .transfer:
            return [
                gateway(AuditCatalogue.source, isRequestor: true),
                peer("destination", AuditCatalogue.destination, isRequestor: false),
            ]
        case .activity: return [gateway(AuditCatalogue.application, isRequestor: false)]
        case .export:
            return [
                person(event) ?? gateway(AuditCatalogue.source, isRequestor: true),
                Participant("export", role: AuditCatalogue.destinationMedia),
            ]
        case .access, .studyDeleted, .logUsed, .alert:
            guard let person = person(event) else { return [gateway(nil, isRequestor: false)] }
            return [person, gateway(nil, isRequestor: false)]
        }
    }

    /// The operating system user behind an act of administration.
    private static func person(_ event: JournalEvent) -> Participant? {
        guard event.actor.hasPrefix("administrator:") else { return nil }
        let name = String(event.actor.dropFirst("administrator:".count))
        return Participant(name.isEmpty ? "unknown" : name, isRequestor: true)
    }

    private static func objects(
        _ event: JournalEvent, _ line: AuditCatalogue.Line, _ source: AuditSource
    ) -> [Object] {
        switch line.shape {
        case .activity: return []
        case .logUsed:
            return [
                Object(
                    id: "urn:cxrgate:\(source.id):journal", idType: Code("12", "RFC-3881", "URI"),
                    name: "Security Audit Log", type: 2, role: 13, details: event.details)
            ]
        case .alert:
            var details = event.details
            details["Alert Description"] = "\(event.kind.rawValue): \(event.outcome)"
            let node = event.details["address"] ?? event.details["ae"] ?? source.id
            return [
                Object(
                    id: node, idType: .dcm("110182", "Node ID"), name: event.details["ae"] ?? node, type: 2, role: 13,
                    details: details)
            ]
        case .transfer, .access, .studyDeleted, .export:
            var details = event.details
            details["cxrgate object"] = event.subject
            let study = Object(
                id: event.study ?? event.subject ?? "withheld",
                idType: Code("study-pseudonym", "99CXRGATE", "Keyed pseudonym of the Study Instance UID"),
                name: "withheld", type: 2, role: 3, lifeCycle: line.lifeCycle, details: details,
                isAnonymized: event.kind == .deidentify ? true : nil)
            let patient = Object(
                id: event.details["patient"] ?? "withheld",
                idType: Code("patient-pseudonym", "99CXRGATE", "Keyed pseudonym of the Patient ID"),
                name: "withheld", type: 1, role: 1)
            return [study, patient]
        }
    }
}
