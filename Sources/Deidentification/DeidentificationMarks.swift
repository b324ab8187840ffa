import DICOMCore
import StandardTables

/// What a de-identified object says about itself.
///
/// Source: PS3.15 E.1.1, E.3; PS3.16 CID 7050.
public enum DeidentificationMarks {
    static let basicCode = Code("113100", "DCM", "Basic Application Confidentiality Profile")
    /// Claimed by whoever has cleaned the pixels; see ``claimCleanPixelData(in:)``.
    static let cleanPixelDataCode = Code("113101", "DCM", "Clean Pixel Data Option")

    /// In the order of their codes.
    static let optionCodes: [(option: ConfidentialityOption, code: Code)] = [
        (.cleanGraphics, Code("113103", "DCM", "Clean Graphics Option")),
        (.cleanStructuredContent, Code("113104", "DCM", "Clean Structured Content Option")),
        (.cleanDescriptors, Code("113105", "DCM", "Clean Descriptors Option")),
        (
            .retainLongitudinalFullDates,
            Code("113106", "DCM", "Retain Longitudinal Temporal Information Full Dates Option")
        ),
        (
            .retainLongitudinalModifiedDates,
            Code("113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option")
        ),
        (.retainPatientCharacteristics, Code("113108", "DCM", "Retain Patient Characteristics Option")),
        (.retainDeviceIdentity, Code("113109", "DCM", "Retain Device Identity Option")),
        (.retainUIDs, Code("113110", "DCM", "Retain UIDs Option")),
        (.retainSafePrivate, Code("113111", "DCM", "Retain Safe Private Option")),
        (.retainInstitutionIdentity, Code("113112", "DCM", "Retain Institution Identity Option")),
    ]

    /// Every text that a method code item may hold, under any options.
    static let allTexts: Set<String> = Set(
        ([basicCode, cleanPixelDataCode] + optionCodes.map(\.code)).flatMap { [$0.value, $0.scheme, $0.meaning] })

    /// Says that identities have been taken out of the pixels: adds the code of the Clean Pixel Data Option, and sets
    /// Burned In Annotation to NO. For the one who has done it; de-identification of a header never does.
    public static func claimCleanPixelData(in header: inout DataSet) {
        var items = header.items(.deidentificationMethodCodeSequence)
        if !items.contains(where: { $0.text(Tag(0x0008, 0x0100)) == cleanPixelDataCode.value }) {
            // Behind Basic, before the options: the order of the codes.
            items.insert(DataSet(code: cleanPixelDataCode), at: min(1, items.count))
        }
        header.set(.deidentificationMethodCodeSequence, items: items)
        header.set(.burnedInAnnotation, .CS, "NO")
    }

    static func set(in header: inout DataSet, _ profile: DeidentificationProfile) {
        header.set(.patientIdentityRemoved, .CS, "YES")
        header.set(.deidentificationMethod, .LO, profile.methodTexts.joined(separator: "\\"))
        header.set(.deidentificationMethodCodeSequence, items: profile.methodCodes.map { DataSet(code: $0) })
        header.set(.longitudinalTemporalInformationModified, .CS, profile.temporalInformation)
    }
}

extension DeidentificationProfile {
    /// The codes of what has been done, Basic first.
    public var methodCodes: [Code] {
        [DeidentificationMarks.basicCode]
            + DeidentificationMarks.optionCodes.filter { options.contains($0.option) }.map(\.code)
    }

    /// What De-identification Method (0012,0063) says; each value within the 64 characters of VR LO. A profile that is
    /// weaker than Basic says so in its second value.
    public var methodTexts: [String] {
        ["Basic Application Level Confidentiality Profile, PS3.15 2026c"] + (isWeaker ? [weakness] : [])
            + (rules.isEmpty || isWeaker ? [] : ["with \(rules.count) stricter rules of the site"])
    }

    /// Whether something stays that the Basic Profile would take away.
    public var isWeaker: Bool { !options.isEmpty || rules.contains(where: \.isWeaker) }

    private var weakness: String {
        "WEAKER THAN BASIC: \(options.count) options, \(rules.count(where: \.isWeaker)) rules of the site"
    }

    /// Each thing that makes the profile weaker than Basic, for people: options by name, rules as written.
    public var weaknesses: [String] {
        DeidentificationMarks.optionCodes.filter { options.contains($0.option) }.map(\.code.meaning)
            + rules.filter(\.isWeaker).map { "rule: \($0.text)" }
    }

    /// For Longitudinal Temporal Information Modified (0028,0303). A kept date makes the whole unmodified, a shifted
    /// one modified.
    public var temporalInformation: String {
        keepsDates ? "UNMODIFIED" : shiftsDates ? "MODIFIED" : keepsSomeDate ? "UNMODIFIED" : "REMOVED"
    }

    /// A rule of the site, or the identity of a device, keeps a date as it is.
    private var keepsSomeDate: Bool {
        rules.contains { rule in
            guard rule.action == .keep, case .pattern(let pattern) = rule.selector, let tag = pattern.singleTag else {
                return false
            }
            return [.DA, .DT, .TM].contains(StandardTables.vr(of: tag))
        }
    }
}
