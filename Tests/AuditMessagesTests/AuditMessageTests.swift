import Foundation
import Journal
import Testing

@testable import AuditMessages

@Suite struct AuditMessageTests {
    private let source = AuditSource(id: "CXRGATE", host: "gateway-1")

    private func entry(_ kind: JournalEventKind, _ change: (inout JournalEvent) -> Void = { _ in }) -> JournalEntry {
        var event = JournalEvent(
            kind: kind, at: 1_767_349_230_123, actor: "reception", subject: String(repeating: "0", count: 32),
            study: String(repeating: "a", count: 32), details: ["ae": "CR1", "destination": "PACS1", "model": "x 1"])
        change(&event)
        return JournalEntry(index: 7, sequence: 8, event: event)
    }

    /// Every kind, of the gateway and of an administrator, with an object and without, with each outcome.
    private func everything() -> [AuditMessage] {
        JournalEventKind.allCases.flatMap { kind in
            [
                entry(kind), entry(kind) { $0.actor = "administrator:root" },
                entry(kind) { ($0.study, $0.subject, $0.details) = (nil, nil, [:]) },
                entry(kind) { $0.outcome = "REC-003" },
                entry(kind) { $0.details = ["what": "association", "ae": "<a b=\"c\">&'\\^`", "address": "10.0.0.9"] },
                entry(kind) { $0.details = ["e": "", "ae": "\u{1F}\n]]>\u{FFFF}", "patient": "0123456789abcdef"] },
            ].map { AuditMessage($0, source: source) }
        }
    }

    @Test("every kind of event is a message that the schema of PS3.15 takes, whatever its texts hold")
    func schema() throws {
        guard let data = ProcessInfo.processInfo.environment["CXR_TEST_DATA"] else {
            print("skipped: CXR_TEST_DATA is not set")
            return
        }
        let folder = FileManager.default.temporaryDirectory.path + "/cxr-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var files: [String] = []
        for (number, message) in everything().enumerated() {
            files.append("\(folder)/\(number).xml")
            try Data(message.xml.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(number).xml"))
        }
        #expect(files.count == 6 * JournalEventKind.allCases.count)
        let lint = Process()
        lint.executableURL = URL(fileURLWithPath: "/usr/bin/xmllint")
        lint.arguments = ["--noout", "--schema", data + "/standard/audit/dicom-audit-message-2026c.xsd"] + files
        let said = Pipe()
        lint.standardError = said
        try lint.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        lint.waitUntilExit()
        #expect(lint.terminationStatus == 0, "\(text.split(separator: "\n").filter { !$0.hasSuffix("validates") })")
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test("no attribute is empty, one participant at most asked for it, and every object has a name")
    func shape() {
        for message in everything() {
            #expect(!message.xml.contains("=\"\""))
            #expect(message.participants.count { $0.isRequestor } <= 1 && !message.participants.isEmpty)
            #expect(message.objects.allSatisfy { !$0.name.isEmpty && !$0.id.isEmpty })
        }
    }

    @Test("each kind has the event of PS3.15 A.5.3 that it stands for")
    func events() {
        let expected: [JournalEventKind: String] = [
            .receive: "110104", .refuse: "110113", .deidentify: "110103", .verify: "110103", .seal: "110103",
            .open: "110103", .infer: "110103", .explain: "110103", .report: "110103", .deliver: "110104",
            .commit: "110104", .delete: "110105", .export: "110106", .keyChange: "110113",
            .configurationChange: "110113", .administratorRead: "110103", .start: "110100", .stop: "110100",
            .journalRead: "110101", .heal: "110113", .hold: "110103", .release: "110103", .reject: "110103",
            .recall: "110103", .retire: "110113",
        ]
        for kind in JournalEventKind.allCases {
            #expect(AuditMessage(entry(kind), source: source).event.value == expected[kind], "\(kind)")
        }
    }

    @Test("a received image is told with its sender as requestor, and the pseudonyms of study and patient")
    func receive() {
        let xml = AuditMessage(entry(.receive) { $0.details["patient"] = "0011223344556677" }, source: source).xml
        for part in [
            "EventActionCode=\"C\" EventDateTime=\"2026-01-02T10:20:30.123Z\" EventOutcomeIndicator=\"0\"",
            "csd-code=\"110104\"", "UserID=\"CR1\" UserIsRequestor=\"true\" AlternativeUserID=\"AETITLES=CR1\"",
            "ParticipantObjectID=\"0011223344556677\"", "ParticipantObjectID=\"\(String(repeating: "a", count: 32))\"",
            "<EventOutcomeDescription>journal entry 7: ok</EventOutcomeDescription>",
        ] { #expect(xml.contains(part), "\(part)") }
    }

    @Test("a line to the collector is RFC 5424, and counted in octets for a stream")
    func syslog() throws {
        let message = AuditMessage(entry(.receive), source: source)
        let line = SyslogMessage(audit: message, host: "gate way\n1", process: 42)
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(text.hasPrefix("<85>1 2026-01-02T10:20:30.123Z gateway1 cxrgate 42 DICOM+RFC3881 - \u{FEFF}<?xml"))
        let counted = line.counted
        let space = try #require(counted.firstIndex(of: UInt8(ascii: " ")))
        #expect(Int(String(decoding: counted[..<space], as: UTF8.self)) == line.bytes.count)
        #expect(Array(counted[(space + 1)...]) == line.bytes)
        var plain = line
        plain.hasByteOrderMark = false
        #expect(plain.bytes.count == line.bytes.count - 3)
        for message in everything() {
            #expect(SyslogMessage(audit: message, host: "h", process: 1).bytes.count < SyslogMessage.byteLimit)
        }
    }

    @Test(
        "times are those of the calendar",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_799_999, "2024-02-28T23:59:59.999Z"), (4_107_542_399_001, "2100-02-28T23:59:59.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func time(milliseconds: Int64, text: String) { #expect(AuditTime.text(milliseconds) == text) }
}
