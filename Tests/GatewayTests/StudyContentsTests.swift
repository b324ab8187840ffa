import Passage
import Sealing
import Testing

@testable import Gateway

@Suite struct StudyContentsTests {
    @Test(arguments: [InstanceState.held, .refused, .notEligible, .failed, .expired])
    func everyStateWithoutAFindingHasWordsThatDoNotSoundNormal(state: InstanceState) {
        let words = NotPerformed.words(state, reason: "")
        #expect(!words.isEmpty)
        #expect(!words.localizedCaseInsensitiveContains("normal"))
    }

    @Test func theReasonOfAnImageThatIsNotEligibleIsTheRulesOwn() {
        #expect(NotPerformed.words(.notEligible, reason: "ELI-003") == "not a frontal view")
    }

    @Test func anotherOutcomeOfOneImageIsAnotherSourceSet() {
        #expect(SourceSet.digest(["a", "b"]) == SourceSet.digest(["b", "a"]))
        #expect(SourceSet.digest(["a", "b"]) != SourceSet.digest(["a", "b not-eligible ELI-003"]))
    }

    @Test func aPatientsPseudonymDoesNotDependOnPadding() throws {
        let key = try PseudonymKey.generate()
        let token = try PatientPseudonym.token(patientID: Array("P-1".utf8), key: key)
        #expect(token.utf8.count == 16)
        #expect(try PatientPseudonym.token(patientID: Array(" P-1 \0".utf8), key: key) == token)
        #expect(try PatientPseudonym.token(patientID: Array("P-2".utf8), key: key) != token)
        #expect(try PatientPseudonym.token(patientID: Array("  ".utf8), key: key).isEmpty)
    }

    @Test func aModelsIdentitySurvivesTheDatabase() {
        let text = "cxr-pneumonia 1.0.0 00ff"
        #expect(ModelIdentity(text)?.text == text)
        #expect(ModelIdentity("") == nil)
    }
}
