import DICOMCore
import Passage
import Radiography

// What the picture itself says, and where it contradicts the header.

extension EligibilityRule {
    /// What happens to images that look inverted, turned, or like nothing that the model was made for.
    public enum ImagePolicy: String, Sendable, Codable, CaseIterable {
        case refuse
        /// Performed, and the report says so in its first lines.
        case mark
    }

    /// Pixels of the shorter side: below, less is there than half of what a small network is shown.
    static let leastPixels = 64
    /// Longer to shorter side: a chest is never so long.
    static let greatestAspect = 2.5

    /// Number of pixels, and their shape.
    func judge(size geometry: PixelGeometry) -> Eligibility? {
        let (short, long) = (min(geometry.rows, geometry.columns), max(geometry.rows, geometry.columns))
        let isFine = short >= Self.leastPixels && Double(long) <= Self.greatestAspect * Double(short)
        return isFine ? nil : Eligibility(refusal: .size)
    }

    /// Patient Orientation against the view, and against how a frontal chest is shown: rows run to the patient's left,
    /// columns to the feet. Source: PS3.3 C.7.6.1.1.1; PS3.3 C.8.11.5.
    func judge(orientation facts: AnalysisFacts) -> Eligibility? {
        guard facts.patientOrientation.count == 2, let row = facts.patientOrientation[0].first,
            let column = facts.patientOrientation[1].first
        else { return nil }
        if row == "A" || row == "P" {
            let saysFrontal = [.posteroAnterior, .anteroPosterior].contains(facts.viewPosition)
            return Eligibility(refusal: saysFrontal ? .viewDisagreement : .view)
        }
        if row == "L", column == "F" { return nil }
        return image == .refuse ? Eligibility(refusal: .orientation) : Eligibility(remarks: [.orientationSuspected])
    }

    /// Fewer gray levels than any radiograph has, or nearly all of it fully black or white: test patterns, text pages.
    static let leastLevels = 24
    static let greatestExtremes: Float = 0.9

    func isPattern(_ facts: PictureFacts) -> Bool {
        facts.distinctLevels < Self.leastLevels || facts.blackFraction + facts.whiteFraction > Self.greatestExtremes
    }

    func judge(_ pose: TrustProfile.Pose, _ trust: TrustProfile) -> Eligibility {
        if trust.isInverted(pose) {
            return image == .refuse ? Eligibility(refusal: .polarity) : Eligibility(remarks: [.polaritySuspected])
        }
        if trust.isTurned(pose) {
            return image == .refuse ? Eligibility(refusal: .orientation) : Eligibility(remarks: [.orientationSuspected])
        }
        return Eligibility()
    }

    func judge(_ place: TrustProfile.Place, _ trust: TrustProfile) -> Eligibility {
        if place.distance > trust.farBound, image == .refuse { return Eligibility(refusal: .distribution) }
        return place.distance > 1 ? Eligibility(remarks: [.distributionUnusual]) : Eligibility()
    }
}
