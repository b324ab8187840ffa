import Foundation

// People, users of the system, disk, journal and audit, and how long data are kept.

extension ConfigurationTopic {
    static let roles = ConfigurationTopic(
        notes: [
            "roles": """
            Users of the operating system for the roles, so that one that was taken over cannot read what the others hold: \
            all four keys or none. The gateway must be started as root then; it keeps the key files to itself and hands \
            them over open.
            """
        ],
        rules: [
            { configuration in
                let roles = configuration.roles
                let named = [roles.reception, roles.analysis, roles.filing, roles.group].filter { !$0.isEmpty }
                return named.isEmpty || named.count == 4
                    ? nil : ("roles", "set reception_user, analysis_user, filing_user and group, all of them or none")
            }
        ],
        [
            .text("roles.reception_user", \.roles.reception, .restart, "User of reception.")
                .example("cxrgate-reception").guarded,
            .text("roles.analysis_user", \.roles.analysis, .restart, "User of analysis.")
                .example("cxrgate-analysis").guarded,
            .text("roles.filing_user", \.roles.filing, .restart, "User of filing.").example("cxrgate-filing").guarded,
            .text("roles.group", \.roles.group, .restart, "The group that they share.").example("cxrgate").guarded,
        ])

    static let retention = ConfigurationTopic(
        notes: [
            "retention": """
            How long data are kept, in days (fractions allowed), counted from the last change of a study whose images have \
            all come to an end. Each clock destroys the study's keys of its kind and unlinks the files. A legal hold stops \
            all of them.
            """
        ],
        rules: [
            { configuration in
                let kept = configuration.retention
                return kept.identityDays >= max(kept.pixelsDays, kept.resultsDays)
                    ? nil : ("retention.identity_days", "not below pixels_days and results_days, which need it")
            }
        ],
        [
            .number(
                "retention.pixels_days", \.retention.pixelsDays, 0...36_500, unit: "days", .live,
                "De-identified pixels."),
            .number(
                "retention.results_days", \.retention.resultsDays, 0...36_500, unit: "days", .live,
                "Findings, renderings and made results; the PACS has them."),
            .number(
                "retention.identity_days", \.retention.identityDays, 0...36_500, unit: "days", .live,
                """
                Identities and recall records: for so long a result can be taken back. Not below the two above.
                """),
            .number(
                "retention.jobs_days", \.retention.jobsDays, 0...36_500, unit: "days", .live,
                "Rows of jobs that are done."),
        ])

    static let administration = ConfigurationTopic(
        notes: [
            "administration": """
            Who may do what at the socket of the command line: names or numbers of users, group:NAME for groups. Nobody may \
            what nobody was allowed.
            """
        ],
        [
            .text(
                "administration.socket", \.administrationSocket, .restart,
                """
                Default: admin.sock in the data directory, which only the owner reaches; put it elsewhere for people with \
                users of their own.
                """
            ).example("/run/cxrgate/admin.sock").guarded,
            .list(
                "administration.operators", \.access[.operator], .restart, "Peers, queue, configuration."
            ).example("[alice, 'group:radiology-it']").guarded,
            .list(
                "administration.clinical_leads", \.access[.clinicalLead], .restart, "Held images, models, results."
            ).example("[bob]").guarded,
            .list(
                "administration.privacy_officers", \.access[.privacyOfficer], .restart,
                "Journal, holds, objections, shredding (two of them)."
            ).example("[carol, dan]").guarded,
            .list(
                "administration.key_custodians", \.access[.keyCustodian], .restart,
                "Rotation, escrow (two of them)."
            ).example("[erin, frank]").guarded,
            .choice(
                "administration.owner", \.access.owner, .restart,
                """
                What root and the user of the gateway may do: all (everything that one person may), none (only what the \
                lists say).
                """
            ).guarded,
        ])

    static let disk = ConfigurationTopic([
        .whole(
            "disk.reserve_mib", \.diskReserveMiB, 0...10_000_000, unit: "MiB", .live,
            "Room that must be left on the disk for an association to be accepted.")
    ])

    static let journal = ConfigurationTopic(
        rules: [
            { configuration in
                guard configuration.journal.anchors.contains(.syslog), configuration.audit.host == nil else {
                    return nil
                }
                return ("journal.anchors", "syslog wants a collector; set audit.host")
            }
        ],
        [
            .choice(
                "journal.on_failure", \.journal.onFailure, .restart,
                """
                What happens while the journal cannot be written: refuse (nothing is done that cannot be logged), spool \
                (work goes on until spool_entries wait in the database), ignore (work goes on). Entries wait in the \
                database and are never dropped. Without a journal that can be opened at all the gateway does not start.
                """
            ).guarded,
            .whole(
                "journal.spool_entries", \.journal.spoolEntries, 1...10_000_000, unit: "entries", .restart,
                "How many may wait with spool."),
            .whole(
                "journal.segment_mib", \.journal.segmentMiB, 1...1_024, unit: "MiB", .restart,
                "A new segment file is begun at this size."),
            .whole(
                "journal.keep_years", \.journal.keepYears, 6...100, unit: "years", .restart,
                "Segments go when everything in them is older than this, behind a signed entry that says so."),
            .list(
                "journal.anchors", \.journal.anchorTexts, as: .anchor, .restart,
                """
                Where checkpoints are kept too, so that a journal that was rolled back is found out: directory:/PATH \
                (checkpoint.note, replaced), file:/PATH (every one appended), syslog (to audit.host). Best on another \
                machine.
                """),
            .whole(
                "journal.anchor_seconds", \.journal.anchorSeconds, 1...86_400, unit: "seconds", .restart,
                "Between two looks whether there is a new checkpoint."),
        ])

    static let audit = ConfigurationTopic(
        notes: [
            "audit": """
            Every entry of the journal also goes to a collector as an audit message of PS3.15 A.5. Without a host none is \
            sent.
            """
        ],
        [
            .text("audit.host", \.audit.host, .restart, "Name or address of the collector.")
                .example("audit.example.org"),
            .whole("audit.port", \.audit.port, 1...65535, .restart, "Its TCP or UDP port."),
            .choice(
                "audit.transport", \.audit.transport, .restart,
                "tls (RFC 5425), or tcp and udp without encryption, to this machine only."),
            .file(
                "audit.ca_file", \.audit.authorities, .restart,
                "PEM: the authorities that may vouch for the collector. Left out: the system's."
            ).example("/etc/cxrgate/audit-ca.pem"),
            .file(
                "audit.certificate_file", \.audit.certificate, .restart,
                "PEM: our own certificate, if the collector wants one."
            ).example("/etc/cxrgate/audit.pem"),
            .file("audit.key_file", \.audit.key, .restart, "Its private key.").example("/etc/cxrgate/audit.key"),
            .flag(
                "audit.byte_order_mark", \.audit.hasByteOrderMark, .restart,
                "false for collectors that stumble over the mark of UTF-8."),
        ])
}
