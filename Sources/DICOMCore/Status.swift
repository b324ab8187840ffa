/// The answer to a DIMSE request.
///
/// Source: PS3.7 Annex C, PS3.4 B.2.3.
public struct Status: Hashable, Sendable, CustomStringConvertible {
    public let code: UInt16

    public init(_ code: UInt16) { self.code = code }

    public static let success = Status(0x0000)
    /// Temporary trouble on our side; the sender should try again.
    public static let outOfResources = Status(0xA700)
    /// The command and the data set disagree about what is sent; sending again does not help.
    public static let dataSetDoesNotMatchSOPClass = Status(0xA900)
    /// The bytes are not a data set that we can read; sending again does not help.
    public static let cannotUnderstand = Status(0xC000)
    /// The peer could not do it, for reasons that it does not tell.
    public static let processingFailure = Status(0x0110)
    public static let duplicateSOPInstance = Status(0x0111)
    public static let noSuchObjectInstance = Status(0x0112)
    public static let noSuchAction = Status(0x0123)
    public static let sopClassNotSupported = Status(0x0122)
    public static let notAuthorized = Status(0x0124)
    public static let unrecognizedOperation = Status(0x0211)
    public static let resourceLimitation = Status(0x0213)

    public var isSuccess: Bool { code == 0 }
    /// Stored, with remarks (B000, B006, B007, and the general warnings).
    public var isWarning: Bool { code & 0xF000 == 0xB000 || code == 0x0001 || code == 0x0107 || code == 0x0116 }
    /// The same object may be accepted later: out of resources, and what a mended registration or a restart cures.
    public var isTransient: Bool {
        code & 0xFF00 == 0xA700 || code == 0x0110 || code == 0x0124 || code == 0x0213
    }

    /// `A700`, four upper-case hexadecimal digits.
    public var description: String {
        let digits = String(code, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
