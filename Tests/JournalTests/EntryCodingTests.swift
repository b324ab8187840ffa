import Testing

@testable import Journal

@Suite struct EntryCodingTests {
    @Test("an entry is the JSON of RFC 8785, to the byte")
    func canonical() throws {
        let event = JournalEvent(
            kind: .infer, at: 1_700_000_000_123, actor: "analysis", subject: "0f", study: "a1",
            details: ["b": "é \"\\/", "a": "", "B": "1"])
        let bytes = try EntryCoding.encode(JournalEntry(index: 7, sequence: 9, event: event))
        #expect(
            String(decoding: bytes, as: UTF8.self) == #"""
                {"actor":"analysis","at":1700000000123,"details":{"B":"1","a":"","b":"é \"\\/"},"index":7,"kind":"infer","outcome":"ok","sequence":9,"study":"a1","subject":"0f"}
                """#)
    }

    @Test("every kind of event comes back as it was")
    func roundTrip() throws {
        for number in 0..<60 {
            let entry = JournalEntry(index: UInt64(number), sequence: UInt64(number * 2), event: event(number))
            let bytes = try EntryCoding.encode(entry)
            #expect(EntryCoding.decode(bytes) == entry)
            let scan = try #require(EntryScan(bytes))
            #expect(scan.index == entry.index && scan.sequence == entry.sequence)
            #expect(scan.isRetirement == (event(number).kind == .retire))
        }
    }

    @Test(
        "any other way to write the same JSON is damage",
        arguments: [
            #"{"actor":"a","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0} "#,
            #"{"actor": "a","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"at":1,"actor":"a","details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"\u0061","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":01,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":1,"details":{"b":"","a":""},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":1,"details":{"a":"","a":""},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":1,"details":{},"index":0,"kind":"begin","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0,"more":"x"}"#,
            #"{"actor":"a","at":99999999999999999999,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#,
            #"{"actor":"a","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0"#, "", "{}",
        ])
    func notCanonical(text: String) {
        let good = #"{"actor":"a","at":1,"details":{},"index":0,"kind":"start","outcome":"ok","sequence":0}"#
        #expect(EntryCoding.decode(Array(good.utf8)) != nil)
        #expect(EntryCoding.decode(Array(text.utf8)) == nil)
        // A verifier need not know later kinds; anything else it refuses as strictly.
        #expect((EntryScan(Array(text.utf8)) == nil) != text.contains("begin"))
    }

    @Test("what must not stand in a journal is refused by name")
    func refused() throws {
        func encode(_ change: (inout JournalEvent) -> Void) throws(JournalError) {
            var bad = event(4)
            change(&bad)
            _ = try EntryCoding.encode(JournalEntry(index: 0, sequence: 0, event: bad))
        }
        #expect(throws: JournalError.unacceptableText(field: "actor")) { try encode { $0.actor = "" } }
        #expect(throws: JournalError.unacceptableText(field: "outcome")) { try encode { $0.outcome = "a\nb" } }
        #expect(throws: JournalError.unacceptableText(field: "subject")) {
            try encode { $0.subject = String(repeating: "x", count: JournalLimits.textBytes + 1) }
        }
        #expect(throws: JournalError.unacceptableText(field: "details")) { try encode { $0.details = ["a b": ""] } }
        #expect(throws: JournalError.unacceptableEvent) { try encode { $0.at = -1 } }
        #expect(throws: JournalError.unacceptableEvent) {
            try encode {
                $0.details = Dictionary(uniqueKeysWithValues: (0...JournalLimits.details).map { ("k\($0)", "") })
            }
        }
        #expect(throws: JournalError.unsafeFact) { try encode { $0.details = ["a": "1.2.276.0.7230010.3.1.2.99"] } }
        #expect(throws: JournalError.unsafeFact) { try encode { $0.subject = "2.25.1.1234567890.12.3" } }
        try encode { $0.details = ["sopClass": "1.2.840.10008.5.1.4.1.1.1", "peer": "192.168.100.100", "v": "1.2.3"] }
    }
}
