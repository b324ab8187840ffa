/// The few facts about an image that analysis may know, taken before the header loses them, and sealed with the image.
///
/// Every field is an element of a small closed set, or a keyed pseudonym: none can carry a name, a number or a date.
/// They are named in the de-identification profile and the threat model.
public struct AnalysisFacts: Sendable, Codable, Hashable {
    /// Age at the examination, in bands wide enough to say nothing else.
    public enum AgeBand: String, Sendable, Codable, Hashable, CaseIterable {
        case infant = "0-1"
        case youngChild = "1-5"
        case child = "6-17"
        case youngAdult = "18-39"
        case adult = "40-64"
        case senior = "65+"
        case unknown

        /// Completed years that the band spans; `nil` for unknown.
        public var years: ClosedRange<Int>? {
            switch self {
            case .infant: 0...0
            case .youngChild: 1...5
            case .child: 6...17
            case .youngAdult: 18...39
            case .adult: 40...64
            case .senior: 65...130
            case .unknown: nil
            }
        }
    }

    /// Patient's Sex (0010,0040).
    public enum Sex: String, Sendable, Codable, Hashable { case male = "M", female = "F", other = "O", unknown }

    /// How the beam went through the chest.
    public enum ViewPosition: String, Sendable, Codable, Hashable {
        case posteroAnterior = "PA", anteroPosterior = "AP", leftLateral = "LL", rightLateral = "RL"
        /// Lateral, the side not said.
        case lateral = "LATERAL"
        /// A standard view that is none of the others.
        case other, unknown

        public var isLateral: Bool { [.leftLateral, .rightLateral, .lateral].contains(self) }
    }

    /// Where the view was read from, the most trustworthy first.
    public enum ViewSource: String, Sendable, Codable, Hashable {
        case viewPosition, viewCodeSequence, description, patientOrientation, none

        /// The attribute, for people.
        public var attribute: String {
            switch self {
            case .viewPosition: "View Position (0018,5101)"
            case .viewCodeSequence: "View Code Sequence (0054,0220)"
            case .description: "a description of the study or series"
            case .patientOrientation: "Patient Orientation (0020,0020)"
            case .none: "nothing"
            }
        }
    }

    public var ageBand: AgeBand
    public var sex: Sex
    /// Modality (0008,0060): `CR`, `DX`, …
    public var modality: String?
    public var viewPosition: ViewPosition
    public var viewSource: ViewSource
    /// Patient Orientation (0020,0020), row then column, e.g. `["L", "F"]`.
    public var patientOrientation: [String]
    /// Photometric Interpretation (0028,0004).
    public var photometricInterpretation: String?
    /// Body Part Examined (0018,0015), only if it is a term of the standard.
    public var bodyPartExamined: String?
    /// `false`: a DX image for processing; `true`: for presentation; `nil`: the object does not say.
    public var isForPresentation: Bool?
    /// Keyed pseudonym of the device, for drift and performance by device.
    public var deviceToken: String?
    /// Keyed pseudonym of the sending AE title.
    public var senderToken: String?
    /// What the site's table of masks covers in images of this device: top, left, bottom, right of each region, in
    /// pixels. Decided at reception, where the device still has a name. Source: PS3.15 E.3.1.
    public var maskRegions: [[Int]]?

    public init(
        ageBand: AgeBand, sex: Sex, modality: String?, viewPosition: ViewPosition, viewSource: ViewSource,
        patientOrientation: [String], photometricInterpretation: String?, bodyPartExamined: String?,
        isForPresentation: Bool?, deviceToken: String?, senderToken: String? = nil,
        maskRegions: [[Int]]? = nil
    ) {
        self.ageBand = ageBand
        self.sex = sex
        self.modality = modality
        self.viewPosition = viewPosition
        self.viewSource = viewSource
        self.patientOrientation = patientOrientation
        self.photometricInterpretation = photometricInterpretation
        self.bodyPartExamined = bodyPartExamined
        self.isForPresentation = isForPresentation
        self.deviceToken = deviceToken
        self.senderToken = senderToken
        self.maskRegions = maskRegions
    }
}
