/// What lies in a sealed file; part of its header, so that one kind cannot be passed off as another.
public enum SealedKind: UInt8, Sendable, Hashable, Codable, CaseIterable {
    /// De-identified header and pixels, for analysis.
    case image = 1
    /// The original header, for filing.
    case identity = 2
    /// Rendered results, for filing.
    case result = 3
    /// The private half of a study's key, for its role.
    case key = 4
    /// What analysis may know of patient and device.
    case facts = 5
    /// Anything else that is sealed and not part of the path: backups, spools.
    case other = 15
}

/// The random name of a sealed object. 16 bytes; as text 32 hexadecimal digits.
public struct ObjectID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// From 16 bytes; `nil` for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// From 32 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text, count: 16) else { return nil }
        self.bytes = bytes
    }

    public static func random(_ random: any RandomBytes = SystemRandom()) throws(SealingError) -> ObjectID {
        ObjectID(unchecked: try random.bytes(16))
    }

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { Hexadecimal.text(bytes) }
    public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// The keyed pseudonym of a study. 16 bytes; as text 32 hexadecimal digits.
public struct StudyID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// From 16 bytes; `nil` for any other number.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// From 32 lower-case hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text, count: 16) else { return nil }
        self.bytes = bytes
    }

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { Hexadecimal.text(bytes) }
    public static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension ObjectID: Codable {
    public init(from decoder: any Decoder) throws {
        guard let id = ObjectID(try decoder.singleValueContainer().decode(String.self)) else {
            throw SealingError.idMalformed
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension StudyID: Codable {
    public init(from decoder: any Decoder) throws {
        guard let id = StudyID(try decoder.singleValueContainer().decode(String.self)) else {
            throw SealingError.idMalformed
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What a sealed file is: its maker writes it into the header, its opener says what it expects.
public struct SealedContext: Sendable, Hashable {
    public var kind: SealedKind
    public var object: ObjectID
    public var study: StudyID

    public init(kind: SealedKind, object: ObjectID, study: StudyID) {
        self.kind = kind
        self.object = object
        self.study = study
    }
}
