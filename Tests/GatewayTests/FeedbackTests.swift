import Durability
import Foundation
import Testing

@testable import Gateway

@Suite struct FeedbackTests {
    private func imported(_ kept: KeptStudy, _ lines: String, by: String = "job") throws -> JSONValue {
        try kept.administration.perform(
            AdministrationRequest("feedback import", ["by": by, "lines": lines]), by: .current())
    }

    @Test func whatWasSaidOfAnImageIsNotedAndTruthIsHeldAgainstIt() throws {
        let kept = try KeptStudy()
        let said = try #require(try kept.store.read { try $0.row("SELECT * FROM said") })
        let instance = try #require(said.text("instance"))
        let answer = try imported(kept, "\(instance)\tPneumonia\t1\nnobody\tPneumonia\t1\n\(instance)\tOther\t0")
        #expect(answer["added"].number == 1 && answer["unknownImage"].number == 1)
        #expect(answer["unknownFinding"].number == 1 && answer["withoutImage"].array == [.number(2)])
        #expect(try imported(kept, "\(instance)\tPneumonia\t1")["same"].number == 1)
        #expect(try imported(kept, "\(kept.study)\tPneumonia\t0", by: "pseudonym")["changed"].number == 1)
        let shown = try kept.administration.perform(AdministrationRequest("feedback show"), by: .current())
        let row = try #require(shown.array.first)
        #expect(row["images"].number == 1 && row["positives"].number == 0)
        #expect(row["agreement"]["value"].number == (said.text("presence") == "present" ? 0 : 1))
        #expect(row["sensitivity"]["value"].isNull)
    }

    @Test func aShreddedStudyLeavesNeitherDecisionNorTruth() throws {
        let kept = try KeptStudy()
        _ = try imported(kept, "\(kept.study)\tPneumonia\t1", by: "pseudonym")
        #expect(try kept.count("said") == 1)
        #expect(try kept.count("feedback") == 1)
        _ = try kept.administration.shredder.shred(kept.study, actor: "a", approvedBy: "b", reason: "test")
        #expect(try kept.count("said") == 0)
        #expect(try kept.count("feedback") == 0)
    }

    @Test(arguments: ["", "a\tb", "a\tPneumonia\t2", "a\tPneumonia\t1\textra"])
    func linesThatCannotBeUnderstoodChangeNothing(lines: String) throws {
        let kept = try KeptStudy()
        #expect(throws: GatewayError.self) { try imported(kept, lines) }
        #expect(try kept.count("feedback") == 0)
    }
}
