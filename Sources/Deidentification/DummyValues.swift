import DICOMCore

/// What stands in the place of a value that must not be empty: constants, one per VR, the same for every patient.
///
/// Source: PS3.15 Table E.1-1a, action D: a dummy of non-zero length that is consistent with the VR.
enum DummyValues {
    static func bytes(for vr: VR) -> [UInt8] {
        switch vr {
        case .AE, .CS: padded("REMOVED", vr)
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT: padded("Removed", vr)
        case .UR: padded("urn:removed", vr)
        case .AS: padded("000Y", vr)
        case .DA: padded("19000101", vr)
        case .DT: padded("19000101000000", vr)
        case .TM: padded("000000", vr)
        case .DS, .IS: padded("0", vr)
        case .US, .SS, .OB, .OW, .UN: [0, 0]
        case .AT, .FL, .OF, .OL, .SL, .UL: [0, 0, 0, 0]
        case .FD, .OD, .OV, .SV, .UV: [0, 0, 0, 0, 0, 0, 0, 0]
        // Sequences get items, UIDs are mapped; where there was none, there is none to stand in for.
        case .SQ, .UI: []
        }
    }

    private static func padded(_ text: String, _ vr: VR) -> [UInt8] {
        let bytes = Array(text.utf8)
        return bytes.count & 1 == 1 ? bytes + [vr.paddingByte] : bytes
    }
}
