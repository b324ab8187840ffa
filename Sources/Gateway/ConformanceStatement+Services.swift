import DICOMCore
import DICOMToolkit
import Reception

// Sections 5 to 8: services, configuration, network, security.

extension ConformanceStatement {
    func services(_ document: inout Document) {
        document.heading(2, "5 Service and interoperability description")
        document.heading(3, "5.1 Mapping of services to application entities")
        document.text("Every service of section 1.2 is of the one application entity.")
        document.heading(3, "5.2 DIMSE services")
        document.text(
            "Storage SCP: level 2 (full): every attribute that arrives, private ones included, is kept in the sealed "
                + "identity for as long as `retention.identity_days` says; what analysis sees is de-identified. A "
                + "byte-identical repeat is answered with Success and not processed again. Elements behind the pixel "
                + "data are treated like the header.")
        document.text(
            "Storage SCU: a retry sends the same bytes under the same SOP Instance UID. Storage Commitment: as SCU after "
                + "sending; as SCP only for what a destination has when it is asked. Not supported: the services that "
                + "section 1.2 names with a no.")
        document.heading(3, "5.3 Web services, 5.4 Media services, 5.5 Real-time video services")
        document.text("Not supported.")
        document.heading(3, "5.6 Cross-service behaviour")
        document.text(
            "Nothing of an image is coerced: a result bears the patient and study attributes of its source as they "
                + "arrived. Before sending, a destination with `--query on` is asked for the study; a patient, issuer or "
                + "accession number that differs holds the result for a person.")
        document.heading(3, "5.7 Character sets")
        document.text("See 1.7.")
    }

    func configurationSection(_ document: inout Document) {
        let network = configuration.network
        document.heading(2, "6 Configuration")
        document.text(
            "One file, `/etc/cxrgate/gateway.yaml`; every key has a `CXR_` variable. Peers are registered while the gateway "
                + "runs: `cxrgate ae add NAME --role source|destination`.")
        document.heading(3, "6.1 General, 6.2 DIMSE")
        document.table(
            ["parameter", "key", "value"],
            [
                ["AE title", "`dicom.ae_title`", configuration.aeTitle],
                ["port", "`dicom.port`", "\(configuration.port)"],
                ["port for TLS", "`dicom.tls.port`", network.tlsPort.map { "\($0)" } ?? "none"],
                ["associations at a time", "`dicom.limits.associations`", "\(network.maxAssociations)"],
                ["of one address", "`dicom.limits.per_address`", "\(network.maxAssociationsPerAddress)"],
                ["largest PDU received, bytes", "`dicom.limits.max_pdu_bytes`", "\(network.maxPDUBytes)"],
                ["from connection to request, s", "`dicom.limits.acse_seconds`", number(network.acseSeconds)],
                ["between messages, s", "`dicom.limits.idle_seconds`", number(network.idleSeconds)],
                ["to connect to a destination, s", "`delivery.connect_seconds`", number(network.connectSeconds)],
                ["for an answer of a destination, s", "`delivery.answer_seconds`", number(network.answerSeconds)],
                ["quiet before a report, s", "`study.quiet_seconds`", number(configuration.quietSeconds)],
                ["heat maps", "`results.heatmap`", configuration.heatmap.rawValue],
                [
                    "optional objects", "`results.objects`",
                    configuration.optionalObjects.map(\.rawValue).sorted().joined(separator: ", ").ifEmpty("none"),
                ],
            ])
        document.heading(3, "6.3 Web, 6.4 Media, 6.5 Real-time video")
        document.text("Not supported.")
        document.heading(3, "6.6 Audit trail")
        document.text(
            configuration.audit.host == nil
                ? "No collector is configured (`audit.host`); every event stands in the signed journal."
                : "Every entry of the journal goes to the configured collector as an audit message of PS3.15 A.5 over "
                    + "syslog (\(configuration.audit.transport.rawValue)). See `AuditMessages.md`.")
    }

    func networkDetails(_ document: inout Document) {
        document.heading(2, "7 Network and media communication details")
        document.heading(3, "7.1 General")
        document.table(
            ["parameter", "value"],
            [
                ["application context", "1.2.840.10008.3.1.1.1"],
                ["implementation class UID", "2.25.161622418838372882482146208622596191957"],
                ["implementation version name, associations", "CXRGATE"],
                ["asynchronous operations window", "not negotiated: one operation at a time"],
                ["SOP class extended negotiation, user identity", "ignored, never a reason to reject"],
                ["role selection", "for Storage Commitment alone"],
            ])
        document.heading(3, "7.2 Presentation contexts")
        document.text("Accepted. Of the transfer syntaxes of one context the first of this list is taken:")
        document.table(ClaimedContext.columns, ClaimedContext.rows(ClaimedContext.accepted))
        document.text("Proposed to destinations:")
        document.table(ClaimedContext.columns, ClaimedContext.rows(ClaimedContext.proposed(configuration)))
        document.text(
            "An association of which no context is accepted is established, reported and journalled. An association is "
                + "rejected for these reasons:")
        document.table(
            ["code", "reason"],
            AssociationRefusal.allCases.filter { $0 != .noContext }.map { [$0.rawValue, $0.meaning] })
        document.heading(3, "7.3 Status codes")
        document.text("Of the gateway as SCP of C-STORE:")
        document.table(
            ["status", "meaning", "the source should"],
            [
                (.success, "the image is de-identified, sealed and durable", "go on"),
                (.outOfResources, "room, disk or journal are wanting", "send again later"),
                (.dataSetDoesNotMatchSOPClass, "command and data set disagree", "not send again"),
                (.cannotUnderstand, "malformed, without pixel data, or cannot be de-identified", "not send again"),
                (.sopClassNotSupported, "the data set is of another SOP class", "not send again"),
                (.notAuthorized, "the study was shredded, or the sender may not", "not send again"),
            ].map { (status: Status, meaning: String, advice: String) in ["\(status)", meaning, advice] })
        document.text("Of the gateway as SCU of C-STORE:")
        document.table(
            ["answer", "behaviour"],
            [
                ["0000", "delivered"], ["Bxxx, 0001, 0107, 0116", "delivered; the status is kept and journalled"],
                ["A7xx, 0110, 0124, 0213, none", "sent again: 1 s, 2 s, 4 s … 10 min"],
                ["every other", "dead-lettered; see `cxrgate queue list`"],
            ])
        document.text(
            "Of the gateway as SCP of N-ACTION (Storage Commitment): 0000 taken; 0110 unreadable, empty or too many; 0123 "
                + "another action; 0124 not allowed; 0213 too many at a time. As receiver of N-EVENT-REPORT: 0000; 0112 "
                + "for objects that it did not ask for; 0110 for what cannot be read.")
    }

    func security(_ document: inout Document) {
        let network = configuration.network
        document.heading(2, "8 Security")
        document.heading(3, "8.1 Introduction")
        document.text("See `ThreatModel.md` for what the gateway protects, from whom, and what it cannot.")
        document.heading(3, "8.2 External network requirements")
        document.text(
            "The clocks of gateway and peers agree (NTP). No connection to anything but registered peers is made.")
        document.heading(3, "8.3 TCP ports")
        document.text("Incoming:")
        document.table(NetworkSheet.columns, NetworkSheet.incoming(configuration))
        document.heading(3, "8.4 Security profiles")
        document.table(
            ["profile", "supported"],
            [
                [
                    "BCP 195 TLS Secure Transport Connection",
                    network.tlsPort == nil
                        ? "by configuration (`dicom.tls.port`); off"
                        : "yes; client certificates \(network.clientCertificates.rawValue)",
                ],
                [
                    "Audit Trail Message Format, Syslog-TLS",
                    configuration.audit.host == nil ? "by configuration; off" : "yes",
                ],
                ["Basic Application Level Confidentiality (de-identification)", "yes; see 1.6"],
                ["Digital signatures, attribute-level encryption, online e-mail", "no"],
            ])
        document.heading(3, "8.5 User identity")
        document.text(
            "User Identity Negotiation is ignored. Persons who administer are told apart by the operating system, and have "
                + "roles (`administration.*`).")
        document.heading(3, "8.6 Web security, 8.7 Other")
        document.text(
            "Images, results and identities are sealed with AES-256-GCM under keys of each study "
                + "(`Formats/Sealed.md`); the journal is a signed Merkle log (`Formats/Journal.md`).")
    }
}

extension String {
    /// Another text in the place of none.
    func ifEmpty(_ other: String) -> String { isEmpty ? other : self }
}
