import DICOMCore
import Passage
import StandardTables

extension AnalysisFacts {
    /// Takes the facts from an original header.
    ///
    /// Text that is not in its closed set becomes `nil` or `unknown`. `deviceToken` makes a keyed pseudonym of the
    /// device's identity (maker, model, serial number, station); it is not called if the header names no device.
    public init(from header: DataSet, deviceToken: (PHI<String>) -> String?) {
        let (view, source) = ViewReading.view(header)
        let orientation = header.texts(.patientOrientation)
        let intent = header.text(.presentationIntentType)
        let identity = [
            Tag.manufacturer, .manufacturerModelName, .deviceSerialNumber, .stationName, .deviceUID,
        ].map { header.text($0) ?? "" }
        self.init(
            ageBand: AgeReading.band(header), sex: header.text(.patientSex).flatMap { Sex(rawValue: $0) } ?? .unknown,
            modality: Self.code(header, .modality), viewPosition: view, viewSource: source,
            patientOrientation: orientation.allSatisfy(Self.isOrientation) ? orientation : [],
            photometricInterpretation: Self.term(header, .photometricInterpretation),
            bodyPartExamined: Self.term(header, .bodyPartExamined),
            isForPresentation: intent == "FOR PRESENTATION" ? true : intent == "FOR PROCESSING" ? false : nil,
            deviceToken: identity.allSatisfy(\.isEmpty) ? nil : deviceToken(PHI(identity.joined(separator: "\\"))))
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
