/// The value representation of a data element: two letters that say how its bytes are to be read.
///
/// Source: PS3.5 6.2 and 7.1.2.
public enum VR: String, Sendable, Hashable, CaseIterable {
    case AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, OB, OD, OF, OL, OV, OW
    case PN, SH, SL, SQ, SS, ST, SV, TM, UC, UI, UL, UN, UR, US, UT, UV

    /// The explicit encoding of these spends two reserved bytes and a 32-bit length (PS3.5 Table 7.1-1).
    public var hasLongLength: Bool {
        switch self {
        case .OB, .OD, .OF, .OL, .OV, .OW, .SQ, .SV, .UC, .UN, .UR, .UT, .UV: true
        default: false
        }
    }

    /// Text whose bytes are to be read under Specific Character Set (PS3.5 6.1.2.3).
    public var isCharacterSetDependent: Bool {
        switch self {
        case .LO, .LT, .PN, .SH, .ST, .UC, .UT: true
        default: false
        }
    }

    /// Any kind of text, also that of the default repertoire only.
    public var isText: Bool {
        switch self {
        case .AE, .AS, .CS, .DA, .DS, .DT, .IS, .LO, .LT, .PN, .SH, .ST, .TM, .UC, .UI, .UR, .UT: true
        default: false
        }
    }

    /// The byte that fills a value up to even length (PS3.5 6.2).
    public var paddingByte: UInt8 {
        switch self {
        case .UI, .OB, .UN: 0
        default: isText ? 0x20 : 0
        }
    }
}
