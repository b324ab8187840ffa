import Foundation
import Journal
import Sealing
import Testing

@testable import Gateway

@Suite struct RoleMessageTests {
    @Test(arguments: [
        RoleMessage.ready(port: 11112), .flush(7), .flushed(7, failure: nil), .flushed(8, failure: "GAT-002"),
        .wake(.filing), .stop, .keys(9, []), .keys(10, ["analysis.pub", "analysis.key"]), .keysTaken(10),
        .rewrapped(.patient), .lookup(3, .accession, "A 1,ü"), .found(3, []), .found(4, ["ab", "cd"]),
        .level(.delivery, .debug), .measured("receive =Q1Ix 1000 0:1"),
    ])
    func isReadAsItWasSent(_ message: RoleMessage) throws {
        let (ours, theirs) = try PacketSocket.pair()
        ours.send(message)
        #expect(theirs.receive() == message)
    }

    @Test func theEndOfTheOtherSideIsSeen() throws {
        var ends: (PacketSocket, PacketSocket)? = try PacketSocket.pair()
        let ours = ends?.0
        ends = nil
        #expect(ours?.receive() == nil)
    }
}

@Suite struct RefusalTallyTests {
    @Test func repeatsWithinAMinuteAreCountedTogether() {
        let tally = RefusalTally()
        func due(_ now: Int64) -> Int? { tally.due(sender: "A", address: "1", code: "X", now: now) }
        #expect(due(0) == 1)
        #expect(due(1_000) == nil)
        #expect(due(2_000) == nil)
        #expect(due(60_000) == 3)
        #expect(tally.due(sender: "B", address: "1", code: "X", now: 60_001) == 1)
    }

    @Test func anAddressThatGoesThroughNamesIsJournalledOnce() {
        let tally = RefusalTally()
        let journalled = (0..<1000).count { number in
            tally.due(sender: "NAME\(number)", address: "1", code: "X", now: Int64(number)) != nil
        }
        #expect(journalled == 17)
    }
}

@Suite struct SealedIdentityTests {
    @Test func isReadAsItWasWrittenAndNothingElse() {
        let identity = SealedIdentity(transferSyntax: .implicitVRLittleEndian, header: [1, 2, 3], trailer: [4])
        let bytes = identity.bytes
        #expect(SealedIdentity(bytes)?.header == [1, 2, 3])
        #expect(SealedIdentity(bytes)?.trailer == [4])
        for count in bytes.indices { #expect(SealedIdentity(Array(bytes.prefix(count))) == nil) }
        #expect(SealedIdentity(bytes + [0]) == nil)
    }
}

@Suite struct AcceptableEventTests {
    @Test func whatIsOwedIsWhatTheJournalTakes() {
        let event = administrationLike("line\nbreak", "1.2.826.0.1.3680043.8.498.1")
        #expect(event.acceptable.details["reason"] == "linebreak")
        #expect(event.acceptable.details["uid"] == "(withheld)")
        #expect(event.acceptable.actor == "?")
        let long = administrationLike(String(repeating: "漢", count: 400), "").acceptable
        #expect((long.details["reason"]?.utf8.count ?? 0) == 510)
    }

    private func administrationLike(_ reason: String, _ uid: String) -> JournalEvent {
        JournalEvent(kind: .open, at: 0, actor: "", details: ["reason": reason, "uid": uid])
    }
}
