import DICOMCore

/// The attributes that a result shares with its source because both belong to one patient and one study.
///
/// Source: PS3.3 C.7.1.1 (Patient), C.7.1.3 (Clinical Trial Subject), C.7.2.1 (General Study), C.7.2.2 (Patient
/// Study), C.7.2.3 (Clinical Trial Study), C.12.1.1.8 (timezone).
enum CopiedAttributes {
    /// What the standard demands of an attribute whose value is unknown.
    enum Requirement {
        /// Type 2: present, if need be empty.
        case presentEvenIfEmpty
        /// Type 3, or conditional: only if the source has it.
        case ifPresent
    }

    struct Row {
        let tag: Tag
        let vr: VR
        let requirement: Requirement
    }

    private static func required(_ tag: Tag, _ vr: VR) -> Row {
        Row(tag: tag, vr: vr, requirement: .presentEvenIfEmpty)
    }

    private static func optional(_ group: UInt16, _ element: UInt16, _ vr: VR) -> Row {
        Row(tag: Tag(group, element), vr: vr, requirement: .ifPresent)
    }

    /// Ascending by tag within each module.
    static let rows: [Row] = [
        // Patient
        required(.patientName, .PN),
        required(.patientID, .LO),
        optional(0x0010, 0x0021, .LO),
        optional(0x0010, 0x0022, .CS),
        optional(0x0010, 0x0024, .SQ),
        optional(0x0010, 0x0026, .SQ),
        required(.patientBirthDate, .DA),
        optional(0x0010, 0x0032, .TM),
        optional(0x0010, 0x0033, .LO),
        optional(0x0010, 0x0034, .LO),
        optional(0x0010, 0x0035, .CS),
        required(.patientSex, .CS),
        optional(0x0010, 0x0200, .CS),
        optional(0x0010, 0x1000, .LO),
        optional(0x0010, 0x1001, .PN),
        optional(0x0010, 0x1002, .SQ),
        optional(0x0010, 0x2160, .SH),
        optional(0x0010, 0x2201, .LO),
        optional(0x0010, 0x2202, .SQ),
        optional(0x0010, 0x2292, .LO),
        optional(0x0010, 0x2293, .SQ),
        optional(0x0010, 0x2294, .SQ),
        optional(0x0010, 0x2297, .PN),
        optional(0x0010, 0x2298, .CS),
        optional(0x0010, 0x2299, .LO),
        optional(0x0010, 0x4000, .LT),
        // Clinical Trial Subject and Study, as one set: a part of it alone would be invalid
        optional(0x0012, 0x0010, .LO),
        optional(0x0012, 0x0020, .LO),
        optional(0x0012, 0x0021, .LO),
        optional(0x0012, 0x0030, .LO),
        optional(0x0012, 0x0031, .LO),
        optional(0x0012, 0x0040, .LO),
        optional(0x0012, 0x0042, .LO),
        optional(0x0012, 0x0050, .LO),
        optional(0x0012, 0x0051, .ST),
        optional(0x0012, 0x0062, .CS),
        optional(0x0012, 0x0063, .LO),
        optional(0x0012, 0x0064, .SQ),
        optional(0x0012, 0x0081, .LO),
        optional(0x0012, 0x0082, .LO),
        // General Study
        required(.studyDate, .DA),
        required(.studyTime, .TM),
        required(.accessionNumber, .SH),
        optional(0x0008, 0x0051, .SQ),
        required(.referringPhysicianName, .PN),
        optional(0x0008, 0x0096, .SQ),
        optional(0x0008, 0x009C, .PN),
        optional(0x0008, 0x009D, .SQ),
        optional(0x0008, 0x0201, .SH),
        optional(0x0008, 0x1030, .LO),
        optional(0x0008, 0x1032, .SQ),
        optional(0x0008, 0x1048, .PN),
        optional(0x0008, 0x1049, .SQ),
        optional(0x0008, 0x1060, .PN),
        optional(0x0008, 0x1062, .SQ),
        optional(0x0008, 0x1110, .SQ),
        required(.studyInstanceUID, .UI),
        required(.studyID, .SH),
        optional(0x0032, 0x1033, .LO),
        optional(0x0032, 0x1034, .SQ),
        // Patient Study
        optional(0x0008, 0x1080, .LO),
        optional(0x0008, 0x1084, .SQ),
        optional(0x0010, 0x1010, .AS),
        optional(0x0010, 0x1020, .DS),
        optional(0x0010, 0x1030, .DS),
        optional(0x0010, 0x2180, .SH),
        optional(0x0010, 0x21B0, .LT),
        optional(0x0010, 0x2203, .CS),
        optional(0x0038, 0x0010, .LO),
        optional(0x0038, 0x0014, .SQ),
        optional(0x0038, 0x0060, .LO),
        optional(0x0038, 0x0062, .LO),
        optional(0x0038, 0x0064, .SQ),
    ]
}
