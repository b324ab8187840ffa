/// Why an association is rejected: result, source and reason of an A-ASSOCIATE-RJ.
///
/// Source: PS3.8 Table 9-21.
public struct Rejection: Hashable, Sendable, CustomStringConvertible {
    /// 1 permanent, 2 transient.
    public let result: UInt8
    /// 1 service user, 2 service provider (ACSE), 3 service provider (presentation).
    public let source: UInt8
    /// Depends on the source.
    public let reason: UInt8

    public init(result: UInt8, source: UInt8, reason: UInt8) {
        self.result = result
        self.source = source
        self.reason = reason
    }

    public static let applicationContextNotSupported = Rejection(result: 1, source: 1, reason: 2)
    public static let callingAETitleNotRecognized = Rejection(result: 1, source: 1, reason: 3)
    public static let calledAETitleNotRecognized = Rejection(result: 1, source: 1, reason: 7)
    /// Try again later: we are busy, or short of disk.
    public static let temporaryCongestion = Rejection(result: 2, source: 3, reason: 1)
    /// Try again later: as many associations are open as are allowed.
    public static let localLimitExceeded = Rejection(result: 2, source: 3, reason: 2)

    /// The same request may be accepted later.
    public var isTransient: Bool { result == 2 }

    public var description: String {
        switch self {
        case .applicationContextNotSupported: "application context not supported"
        case .callingAETitleNotRecognized: "calling AE title not recognized"
        case .calledAETitleNotRecognized: "called AE title not recognized"
        case .temporaryCongestion: "temporary congestion"
        case .localLimitExceeded: "local limit exceeded"
        default: "result \(result), source \(source), reason \(reason)"
        }
    }
}
