import DICOMCore
import StandardTables

/// The few facts about an image that analysis may know, taken before the header loses them.
///
/// Every field is an element of a small closed set, or a keyed pseudonym: none can carry a name, a number or a date.
/// Text that is not in its set becomes `nil` or `unknown`.
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
    }

    /// Patient's Sex (0010,0040).
    public enum Sex: String, Sendable, Codable, Hashable {
        case male = "M"
        case female = "F"
        case other = "O"
        case unknown
    }

    /// How the beam went through the chest.
    public enum ViewPosition: String, Sendable, Codable, Hashable {
        case posteroAnterior = "PA"
        case anteroPosterior = "AP"
        case leftLateral = "LL"
        case rightLateral = "RL"
        /// Lateral, the side not said.
        case lateral = "LATERAL"
        /// A standard view that is none of the others.
        case other, unknown
    }

    /// Where the view was read from, the most trustworthy first.
    public enum ViewSource: String, Sendable, Codable, Hashable {
        case viewPosition, viewCodeSequence, description, patientOrientation, none
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

    /// Takes the facts from an original header.
    ///
    /// `deviceToken` makes a keyed pseudonym of the device's identity (maker, model, serial number, station); it is
    /// not called if the header names no device.
    public init(from header: DataSet, deviceToken: (PHI<String>) -> String?) {
        ageBand = AgeReading.band(header)
        sex = header.text(.patientSex).flatMap { Sex(rawValue: $0) } ?? .unknown
        modality = Self.code(header, .modality)
        (viewPosition, viewSource) = ViewReading.view(header)
        let orientation = header.texts(.patientOrientation)
        patientOrientation = orientation.allSatisfy(Self.isOrientation) ? orientation : []
        photometricInterpretation = Self.term(header, .photometricInterpretation)
        bodyPartExamined = Self.term(header, .bodyPartExamined)
        let intent = header.text(.presentationIntentType)
        isForPresentation = intent == "FOR PRESENTATION" ? true : intent == "FOR PROCESSING" ? false : nil
        let identity = [
            Tag.manufacturer, .manufacturerModelName, .deviceSerialNumber, .stationName, .deviceUID,
        ].map { header.text($0) ?? "" }
        self.deviceToken = identity.allSatisfy(\.isEmpty) ? nil : deviceToken(PHI(identity.joined(separator: "\\")))
    }

    private static func term(_ header: DataSet, _ tag: Tag) -> String? {
        header.text(tag).flatMap { text in
            let upper = text.uppercased()
            return StandardTables.isStandardTerm(upper) || ["RGB", "RIB", "TOE"].contains(upper) ? upper : nil
        }
    }

    /// Two to four capital letters or digits.
    private static func code(_ header: DataSet, _ tag: Tag) -> String? {
        header.text(tag).flatMap { text in
            let isCode =
                (2...4).contains(text.utf8.count)
                && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
            return isCode ? text : nil
        }
    }

    private static func isOrientation(_ text: String) -> Bool {
        text.utf8.count <= 3 && text.allSatisfy { "LRAPHF".contains($0) }
    }
}

extension Deidentifier {
    /// The facts that analysis may know. See `AnalysisFacts.init`.
    public func facts(from header: DataSet, deviceToken: (PHI<String>) -> String?) -> AnalysisFacts {
        AnalysisFacts(from: header, deviceToken: deviceToken)
    }
}
