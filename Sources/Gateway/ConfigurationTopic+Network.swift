// Reception, the secured port, and delivery.

extension ConfigurationTopic {
    static let general = ConfigurationTopic([
        .text(
            "data_dir", \.dataDirectory, .restart,
            """
            Where everything is kept: sealed images, database, journal, keys. Readable by its owner alone. Left out: \
            /var/lib/cxrgate, or ~/.local/share/cxrgate for a user who may not write there.
            """
        ).shown(as: "/var/lib/cxrgate")
    ])

    static let reception = ConfigurationTopic(
        notes: [
            "dicom.limits": """
            Limits of associations. Those of one AE title stand with it: see cxrgate ae set --max-associations and --rate.
            """
        ],
        [
            .text(
                "dicom.ae_title", \.aeTitle, as: .aeTitle, .restart, "Our AE title. Callers must use exactly this one."),
            .whole(
                "dicom.port", \.port, 0...65535, .live,
                """
                TCP port of the Storage SCP; 0 takes a free one. Changed in a running gateway, the port before answers \
                too until the next start.
                """),
            .text(
                "dicom.bind", \.bindAddress, as: .address, .live,
                "Address to listen on; 0.0.0.0 takes IPv4, \"::\" takes IPv6 and IPv4."),
            .whole(
                "dicom.limits.associations", \.network.maxAssociations, 1...1_000, .restart,
                "Associations at a time; beyond, \"local limit exceeded\"."),
            .whole(
                "dicom.limits.per_address", \.network.maxAssociationsPerAddress, 1...1_000, .restart,
                "The same from one address."),
            .whole(
                "dicom.limits.half_open", \.network.maxHalfOpenPerAddress, 1...512, .restart,
                "Connections of one address that have not yet asked for an association."),
            .number(
                "dicom.limits.acse_seconds", \.network.acseSeconds, 0.1...60, unit: "seconds", .restart,
                "From connection to complete request, TLS handshake included."),
            .number(
                "dicom.limits.idle_seconds", \.network.idleSeconds, 1...86_400, unit: "seconds", .restart,
                "Between two messages."),
            .number(
                "dicom.limits.stall_seconds", \.network.stallSeconds, 1...3_600, unit: "seconds", .restart,
                "For every 4 KiB within a message."),
            .whole(
                "dicom.limits.max_pdu_bytes", \.network.maxPDUBytes, 4_096...131_072, unit: "bytes", .restart,
                "Largest PDU that peers may send."),
            .number(
                "dicom.limits.drain_seconds", \.network.drainSeconds, 0...60, unit: "seconds", .restart,
                "What messages in progress get when the gateway stops."),
        ])

    static let tls = ConfigurationTopic(
        notes: [
            "dicom.tls": """
            A second port for TLS 1.2 and 1.3. Files are PEM, and may be replaced while the gateway runs. Destinations \
            with --tls on are called with the same certificate.
            """
        ],
        rules: [
            { configuration in
                guard configuration.network.tlsPort != nil, !configuration.network.hasCertificate else { return nil }
                return ("dicom.tls.port", "set dicom.tls.certificate and dicom.tls.key")
            }
        ],
        [
            .whole(
                "dicom.tls.port", \.network.tlsPort, 0...65535, .restart,
                "The secured port; 2762 is DICOM's. Left out: there is none."
            ).example("2762"),
            .file("dicom.tls.certificate", \.network.certificate, .restart, "Our certificate, with its chain.")
                .example("/etc/cxrgate/tls/gateway.pem"),
            .file("dicom.tls.key", \.network.privateKey, .restart, "Its private key.")
                .example("/etc/cxrgate/tls/gateway.key"),
            .file(
                "dicom.tls.authorities", \.network.authorities, .restart,
                """
                Who vouches for peers. Left out: a peer is known by the fingerprint that is registered with its AE title. \
                Callers must show the registered certificate in either case.
                """
            ).example("/etc/cxrgate/tls/authorities.pem"),
            .file(
                "dicom.tls.revocations", \.network.revocations, .restart,
                "Lists of revoked certificates, of each authority its own."
            ).example("/etc/cxrgate/tls/revoked.pem"),
            .choice(
                "dicom.tls.client_certificates", \.network.clientCertificates, .restart,
                "required: no association without a certificate; none: callers need not show one."),
        ])

    static let delivery = ConfigurationTopic([
        .number(
            "delivery.connect_seconds", \.network.connectSeconds, 0.1...300, unit: "seconds", .live,
            "For a connection, TLS handshake included."),
        .number(
            "delivery.answer_seconds", \.network.answerSeconds, 1...3_600, unit: "seconds", .live, "For every answer."),
        .number(
            "delivery.wait_for_images_seconds", \.network.waitForImagesSeconds, 0...604_800, unit: "seconds", .live,
            """
            A result waits so long for its images to be in the destination. Only destinations that are asked: cxrgate ae \
            set PACS1 --query on, which is the default.
            """),
        .choice(
            "delivery.without_images", \.network.withoutImages, .live, "What then: hold (for a person) or send."),
        .number(
            "delivery.drain_per_second", \.network.drainPerSecond, 0.1...1_000, unit: "results a second", .live,
            "After an outage, until the backlog is gone."),
        .number(
            "delivery.stale_seconds", \.network.staleSeconds, 1...2_592_000, unit: "seconds", .live,
            "A result that goes out later than this after its images came is counted and journalled as stale."),
    ])
}
