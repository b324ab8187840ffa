import DICOMCore
import Journal

/// How each kind of event is told as an audit message: the one table of the mapping.
///
/// | event | Event ID | action | life cycle |
/// | --- | --- | --- | --- |
/// | receive, deliver, commit | DICOM Instances Transferred | C, R | 2, 10 |
/// | de-identify … reject | DICOM Instances Accessed | as below | 4 … 14 |
/// | delete | DICOM Study Deleted | D | 15 |
/// | export | Export; of the journal itself Audit Log Used | R | 10 |
/// | journal read | Audit Log Used | R | |
/// | refuse, changes, heal, retire, administrator's reading | Security Alert | E | |
/// | start, stop | Application Activity | E | |
///
/// There is no event of the standard for inference or encryption; they are accesses with their life cycle.
/// Source: PS3.15 A.5.3, CID 400, CID 401.
enum AuditCatalogue {
    struct Line {
        let shape: Shape
        let action: AuditMessage.Action
        var lifeCycle: Int?
    }

    enum Shape {
        case transfer, access, studyDeleted, export, logUsed, alert(Code), activity(Code)
    }

    static let instancesAccessed = Code.dcm("110103", "DICOM Instances Accessed")
    static let instancesTransferred = Code.dcm("110104", "DICOM Instances Transferred")
    static let studyDeleted = Code.dcm("110105", "DICOM Study Deleted")
    static let export = Code.dcm("110106", "Export")
    static let auditLogUsed = Code.dcm("110101", "Audit Log Used")
    static let securityAlert = Code.dcm("110113", "Security Alert")
    static let applicationActivity = Code.dcm("110100", "Application Activity")

    static let application = Code.dcm("110150", "Application")
    static let destination = Code.dcm("110152", "Destination Role ID")
    static let source = Code.dcm("110153", "Source Role ID")
    static let destinationMedia = Code.dcm("110154", "Destination Media")

    static let nodeAuthentication = Code.dcm("110126", "Node Authentication")
    static let restrictedFunction = Code.dcm("110132", "Use of Restricted Function")
    static let networkConfiguration = Code.dcm("110128", "Network Configuration")
    static let securityConfiguration = Code.dcm("110129", "Security Configuration")
    static let recordingStarted = Code.dcm("110134", "Audit Recording Started")

    static func line(_ event: JournalEvent) -> Line {
        switch event.kind {
        case .receive: Line(shape: .transfer, action: event.outcome == "ok" ? .create : .read, lifeCycle: 2)
        case .deliver, .commit: Line(shape: .transfer, action: .read, lifeCycle: 10)
        case .deidentify: Line(shape: .access, action: .create, lifeCycle: 7)
        case .verify, .hold, .release: Line(shape: .access, action: .read, lifeCycle: 4)
        case .seal: Line(shape: .access, action: .create, lifeCycle: 2)
        case .open: Line(shape: .access, action: .read, lifeCycle: 6)
        case .infer: Line(shape: .access, action: .read, lifeCycle: 8)
        case .explain: Line(shape: .access, action: .create, lifeCycle: 8)
        case .report: Line(shape: .access, action: .create, lifeCycle: 9)
        case .reject, .recall: Line(shape: .access, action: .update, lifeCycle: 14)
        case .delete: Line(shape: .studyDeleted, action: .delete, lifeCycle: 15)
        case .export where event.study == nil: Line(shape: .logUsed, action: .read)
        case .export: Line(shape: .export, action: .read, lifeCycle: 10)
        case .journalRead: Line(shape: .logUsed, action: .read)
        case .refuse where event.details["what"] == "association":
            Line(shape: .alert(nodeAuthentication), action: .execute)
        case .refuse: Line(shape: .alert(restrictedFunction), action: .execute)
        // Reading of what is about no one patient.
        case .administratorRead where event.subject == nil && event.study == nil:
            Line(shape: .alert(restrictedFunction), action: .execute)
        case .administratorRead: Line(shape: .access, action: .read, lifeCycle: 6)
        case .keyChange, .retire: Line(shape: .alert(securityConfiguration), action: .execute)
        case .configurationChange: Line(shape: .alert(networkConfiguration), action: .execute)
        case .heal: Line(shape: .alert(recordingStarted), action: .execute)
        case .start: Line(shape: .activity(.dcm("110120", "Application Start")), action: .execute)
        case .stop: Line(shape: .activity(.dcm("110121", "Application Stop")), action: .execute)
        }
    }
}

extension Code {
    /// A code of DICOM's own scheme.
    static func dcm(_ value: String, _ meaning: String) -> Code { Code(value, "DCM", meaning) }
}
