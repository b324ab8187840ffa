/// Why bytes were not accepted as a data set, a file, or packed pixels.
///
/// Holds a code and a byte offset, never a value or a tag's content. What to do: the object is refused
/// (Status C000); sending it again does not help. `STR-1xx` are limits of ours, which the configuration may raise.
public struct StreamError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        case transferSyntaxNotSupported = "STR-001"
        case unknownVR = "STR-002"
        case lengthExceedsParent = "STR-003"
        case undefinedLengthNotAllowed = "STR-004"
        case unexpectedDelimiter = "STR-005"
        case itemExpected = "STR-006"
        case duplicateTag = "STR-007"
        case forbiddenGroup = "STR-008"
        case truncated = "STR-009"
        case noPixelData = "STR-010"
        case pixelDataEncodingMismatch = "STR-011"
        case delimiterWithLength = "STR-012"
        case notADICOMFile = "STR-013"
        case missingIdentification = "STR-014"
        case valueTooLong = "STR-015"
        case unexpectedSequence = "STR-016"

        case tooDeep = "STR-101"
        case headerTooLarge = "STR-102"
        case tooManyElements = "STR-103"
        case trailerTooLarge = "STR-104"
        case pixelDataTooLarge = "STR-105"
        case tooManyFragments = "STR-106"

        case packedVersionUnknown = "STR-201"
        case packedBlockInvalid = "STR-202"
        case packedTruncated = "STR-203"
        case packedExcess = "STR-204"
    }

    public let code: Code
    /// Where in the bytes it was noticed, counted from the start of the data set (or file, or packed stream).
    public let offset: Int

    public init(_ code: Code, at offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// The code, the place, and what it means for the object.
    public var description: String { "\(code.rawValue) at byte \(offset): \(explanation)" }

    private var explanation: String {
        switch code {
        case .transferSyntaxNotSupported: "this transfer syntax is not read here; negotiate another"
        case .unknownVR: "a value representation is not two capital letters"
        case .lengthExceedsParent: "a length reaches beyond the sequence or item around it"
        case .undefinedLengthNotAllowed: "an undefined length where PS3.5 allows none"
        case .unexpectedDelimiter: "a delimiter that closes nothing"
        case .itemExpected: "a sequence holds something that is not an item"
        case .duplicateTag: "a tag occurs twice in one data set"
        case .forbiddenGroup: "command or file meta elements inside a data set"
        case .truncated: "the data set ends before its last element is complete"
        case .noPixelData: "the data set has no pixel data"
        case .pixelDataEncodingMismatch: "pixel data are not encoded as the transfer syntax says"
        case .delimiterWithLength: "a delimiter with a length other than zero"
        case .notADICOMFile: "neither file meta information nor a data set was found"
        case .missingIdentification: "SOP class or instance UID is missing; no file can be written"
        case .valueTooLong: "a value does not fit the length field"
        case .unexpectedSequence: "a sequence where the standard has none"
        case .tooDeep: "sequences are nested too deeply"
        case .headerTooLarge: "too many bytes before the pixel data"
        case .tooManyElements: "too many elements"
        case .trailerTooLarge: "too many bytes behind the pixel data"
        case .pixelDataTooLarge: "too many bytes of pixel data"
        case .tooManyFragments: "too many fragments of pixel data"
        case .packedVersionUnknown: "packed pixels of another version"
        case .packedBlockInvalid: "a packed block is not well formed"
        case .packedTruncated: "packed pixels end too early"
        case .packedExcess: "bytes behind the end of packed pixels"
        }
    }
}
