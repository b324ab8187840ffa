import Passage
import Radiography
import Tensors

/// From a picture to findings, through every check that needs the picture: blank, test pattern, inverted, turned, unlike
/// anything that the model was made for. Daemon and command line alike.
public struct ImageAssessor: Sendable {
    public let classifier: Classifier
    public var rule: EligibilityRule
    /// `nil` where the model was not calibrated: then pose and likeness are not judged.
    public let trust: TrustProfile?

    public init(classifier: Classifier, rule: EligibilityRule) {
        self.classifier = classifier
        self.rule = rule
        trust = TrustProfile.builtIn(for: classifier.card.sha256)
    }

    /// What came of a picture.
    public enum Outcome: Sendable {
        case refused(Eligibility.Refusal)
        case assessed(Findings, Run, TrustProfile.Place?)
    }

    /// - Parameter remarks: what the header has already given reason to say.
    public func assess(_ picture: Picture, remarks: [Eligibility.Remark]) throws(InferenceError) -> Outcome {
        if let refusal = rule.judge(picture)?.refusal { return .refused(refusal) }
        var remarks = remarks
        let input = classifier.input(picture)
        let size = classifier.card.input
        if let trust {
            let verdict = rule.judge(trust.pose(input: input, width: size.width, height: size.height), trust)
            if let refusal = verdict.refusal { return .refused(refusal) }
            remarks += verdict.remarks
        }
        let (findings, run) = try classifier.classify(input: input, remarks: remarks)
        guard let trust, let place = trust.place(features: try classifier.features(of: run)) else {
            return .assessed(findings, run, nil)
        }
        let verdict = rule.judge(place, trust)
        if let refusal = verdict.refusal { return .refused(refusal) }
        return .assessed(findings.adding(verdict.remarks), run, place)
    }
}

extension Findings {
    fileprivate func adding(_ more: [Eligibility.Remark]) -> Findings {
        Findings(
            modelID: modelID, modelVersion: modelVersion, modelHash: modelHash, findings: findings,
            remarks: remarks + more)
    }
}
