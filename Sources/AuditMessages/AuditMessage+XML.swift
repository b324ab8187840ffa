import DICOMCore
import Journal

extension AuditMessage {
    /// The message as XML, UTF-8, valid against the schema of PS3.15 A.5.1.
    public var xml: String {
        var xml = XMLText()
        xml.begin("AuditMessage")
        xml.begin(
            "EventIdentification",
            [
                ("EventActionCode", action.rawValue), ("EventDateTime", AuditTime.text(at)),
                ("EventOutcomeIndicator", "\(outcome.rawValue)"),
            ])
        xml.code("EventID", event)
        for type in types { xml.code("EventTypeCode", type) }
        if let outcomeDescription, !outcomeDescription.isEmpty {
            xml.element("EventOutcomeDescription", text: outcomeDescription)
        }
        xml.end("EventIdentification")
        for participant in participants { xml.participant(participant) }
        xml.begin("AuditSourceIdentification", [("AuditSourceID", source.id)])
        // Application server process. Source: PS3.15 A.5.1, AuditSourceTypeCode.
        xml.element("AuditSourceTypeCode", [("csd-code", "4")])
        xml.end("AuditSourceIdentification")
        for object in objects { xml.object(object) }
        xml.end("AuditMessage")
        return xml.text
    }
}

extension XMLText {
    mutating func code(_ name: StaticString, _ code: Code) {
        element(
            name, [("csd-code", code.value), ("codeSystemName", code.scheme), ("originalText", code.meaning)])
    }

    mutating func participant(_ participant: AuditMessage.Participant) {
        let point: (String?, String?) =
            switch participant.accessPoint {
            case .host(let name): (name, "1")
            case .address(let address): (address, "2")
            case nil: (nil, nil)
            }
        begin(
            "ActiveParticipant",
            [
                ("UserID", participant.userID), ("UserIsRequestor", participant.isRequestor ? "true" : "false"),
                ("AlternativeUserID", participant.aeTitle.map { "AETITLES=\($0)" }),
                ("NetworkAccessPointID", point.0), ("NetworkAccessPointTypeCode", point.1),
            ])
        if let role = participant.role { code("RoleIDCode", role) }
        end("ActiveParticipant")
    }

    mutating func object(_ object: AuditMessage.Object) {
        begin(
            "ParticipantObjectIdentification",
            [
                ("ParticipantObjectID", object.id), ("ParticipantObjectTypeCode", "\(object.type)"),
                ("ParticipantObjectTypeCodeRole", object.role.map { "\($0)" }),
                ("ParticipantObjectDataLifeCycle", object.lifeCycle.map { "\($0)" }),
            ])
        code("ParticipantObjectIDTypeCode", object.idType)
        element("ParticipantObjectName", text: object.name)
        for (type, value) in object.details.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            element("ParticipantObjectDetail", [("type", type), ("value", Base64.encode(Array(value.utf8)))])
        }
        if let isAnonymized = object.isAnonymized {
            begin("ParticipantObjectDescription")
            element("Anonymized", text: isAnonymized ? "true" : "false")
            end("ParticipantObjectDescription")
        }
        end("ParticipantObjectIdentification")
    }
}
