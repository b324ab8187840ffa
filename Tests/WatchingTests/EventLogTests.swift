import DICOMCore
import Foundation
import Synchronization
import Testing

@testable import Watching

struct EventLogTests {
    private final class Paper: Sendable {
        let lines = Mutex<[String]>([])
        var last: String { lines.withLock { $0.last ?? "" } }
        var count: Int { lines.withLock { $0.count } }
    }

    private func log(_ paper: Paper, isTerminal: Bool = false) -> EventLog {
        EventLog(process: "filing", isTerminal: isTerminal, stamp: { "2026-01-02T03:04:05.006Z" }) { bytes in
            paper.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
        }
    }

    @Test func `A machine reads one JSON object in each line`() throws {
        let paper = Paper()
        log(paper)(.jobFailed, LogFact("attempt", 3), LogFact("why", OwnWords(withoutPatientData: "a \"b\" \\ c\n")))
        #expect(paper.last.hasSuffix("\n") && paper.last.filter { $0 == "\n" }.count == 1)
        let object = try JSONSerialization.jsonObject(with: Data(paper.last.utf8)) as? [String: Any]
        #expect(object?["event"] as? Int == 303)
        #expect(object?["level"] as? String == "warning")
        #expect(object?["component"] as? String == "queue")
        #expect(object?["process"] as? String == "filing")
        #expect(object?["message"] as? String == "a job failed")
        #expect(object?["facts"] as? [String: String] == ["attempt": "3", "why": "a \"b\" \\ c"])
    }

    @Test func `A person reads a sentence`() {
        let paper = Paper()
        log(paper, isTerminal: true)(.roleEnded, LogFact("role", "filing"))
        #expect(
            paper.last
                == "2026-01-02T03:04:05.006Z warning 102 filing: a role ended and is started again role=filing\n")
    }

    @Test func `A component is logged from its level on, the others from the usual one on`() {
        let paper = Paper()
        let log = log(paper)
        log.set(.auto, usual: .notice)
        log(.roleWorks)
        #expect(paper.count == 0)
        log.set(.supervisor, .debug)
        log(.roleWorks)
        #expect(paper.count == 1)
        log.set(.supervisor, .error)
        log(.roleEnded)
        log(.jobFailed)
        #expect(paper.count == 2)
        log.set(.supervisor, nil)
        log(.roleEnded)
        #expect(paper.count == 3 && log.level(of: .supervisor) == .notice)
    }

    @Test func `What is no id, AE title or address of ours is withheld`() {
        let id = "0123456789abcdef0123456789abcdef"
        #expect(RandomID(id).logText == id)
        #expect(RandomID("DOE^JANE").logText == "(withheld)")
        #expect(RandomID("1.2.840.113619.2.5.1762583153.215519").logText == "(withheld)")
        #expect(PeerName("CT_ROOM 2").logText == "CT_ROOM 2")
        #expect(PeerName("a name that is far too long").logText == "(not an AE title)")
        #expect(PeerAddress("10.0.0.5").logText == "10.0.0.5")
        #expect(PeerAddress("fe80::1").logText == "fe80::1")
        #expect(PeerAddress("jane").logText == "(not an address)")
        #expect(UID("1.2.3.4").logText == "(withheld)")
    }

    @Test func `Words of our own lose what looks like a UID or a long number`() {
        let words = OwnWords(withoutPatientData: "NET-004: 10.10.200.31:11112 said A700 for 1.2.840.113619.2.55.3.60")
        #expect(words.logText == "NET-004: 10.10.200.31:11112 said A700 for (withheld)")
    }

    @Test func `An error that does not answer for its words is told by its type`() {
        struct Foreign: Error, CustomStringConvertible { let description = "DOE^JANE" }
        struct Ours: Error, Loggable, CustomStringConvertible { let description = "ABC-001: it broke" }
        #expect(LogFact.error(Foreign()).value == "an error of type Foreign")
        #expect(LogFact.error(Ours()).value == "ABC-001: it broke")
    }

    @Test func `A peer cannot write lines of its own`() {
        struct Hostile: Loggable { let logText = "a\nb\u{7F}c" + String(repeating: "x", count: 5000) }
        let value = LogFact("from", Hostile()).value
        #expect(value.hasPrefix("abcx") && value.unicodeScalars.count <= 1000)
    }
}
