import Durability
import Sealing

/// Why the journal could not be written, read or believed.
public enum JournalError: Error, Hashable, Sendable {
    /// The journal is not what was written.
    case damaged(JournalDamage)
    /// The disk refused.
    case disk(DiskError)
    /// The keys or OpenSSL refused.
    case sealing(SealingError)
    /// An event with a text that is too long, empty, or has control characters. `field` is its name.
    case unacceptableText(field: String)
    /// An event with a number outside its range, or too many facts.
    case unacceptableEvent
    /// A fact that looks like a UID: those never go into the journal.
    case unsafeFact
    /// Sequences must grow; this one has been journalled already, or there is none to append.
    case sequenceNotIncreasing
    /// An earlier append failed. Make a new writer: it recovers.
    case poisoned
    /// The origin is empty, too long, or has white space or a plus sign.
    case originMalformed
    /// A text that is not a checkpoint.
    case checkpointMalformed
    /// A checkpoint to compare with that no key of this journal has signed.
    case checkpointNotSigned
    /// The journal is whole, but another key than the one given is in force: 64 hexadecimal digits of its public half.
    case keyNotInForce(inForce: String)
    /// The key to introduce is the one in force.
    case keyNotNew
    /// Segments may go only after a signed entry that says so.
    case notRetired

    /// Stable for ever; documentation and support refer to it.
    public var code: String {
        switch self {
        case .damaged(let damage): damage.kind.code
        case .disk: "JRN-002"
        case .sealing: "JRN-003"
        case .unacceptableText: "JRN-004"
        case .unacceptableEvent: "JRN-005"
        case .unsafeFact: "JRN-006"
        case .sequenceNotIncreasing: "JRN-007"
        case .poisoned: "JRN-008"
        case .originMalformed: "JRN-009"
        case .checkpointMalformed: "JRN-010"
        case .checkpointNotSigned: "JRN-011"
        case .keyNotInForce: "JRN-012"
        case .keyNotNew: "JRN-013"
        case .notRetired: "JRN-014"
        }
    }
}

/// What is wrong with a journal, and where.
public struct JournalDamage: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A frame that is cut short, too long, or of no known type.
        case frame
        /// A segment's first frame does not say what the segments before it say.
        case header
        /// An entry that is not in its canonical form.
        case entry
        /// An entry whose index is not the next one: something was taken out, put in, or moved.
        case order
        /// An entry whose sequence is not above those before it: something is there twice.
        case sequence
        /// A checkpoint that is not in its form, or of another origin.
        case checkpoint
        /// A checkpoint that this key has not signed.
        case signature
        /// A checkpoint that counts other entries than there are before it.
        case size
        /// A checkpoint whose root is not that of the entries before it: some entry since the last one was changed.
        case root
        /// A checkpoint that does not follow the one before it.
        case previous
        /// Entries or bytes behind the last checkpoint, which nobody has signed.
        case unsignedTail
        /// The journal ends before a checkpoint that is known from elsewhere.
        case truncated
        /// The journal has other entries than a checkpoint that is known from elsewhere.
        case fork
        /// A segment is missing.
        case missingSegment
        /// A file that is none of the journal's.
        case foreignFile

        /// `JRN-101`…, in the order above.
        public var code: String {
            let position = Kind.allCases.firstIndex(of: self) ?? 0
            return "JRN-\(101 + position)"
        }
    }

    public var kind: Kind
    /// The number of the segment, from 0.
    public var segment: Int
    /// The index of the entry that is wrong, or of the next one where no single entry is.
    public var index: UInt64
    /// Bytes from the start of the segment to the frame that is wrong.
    public var offset: Int

    public init(_ kind: Kind, segment: Int, index: UInt64, offset: Int) {
        self.kind = kind
        self.segment = segment
        self.index = index
        self.offset = offset
    }
}

extension JournalDamage: CustomStringConvertible {
    public var description: String {
        "\(kind.rawValue) in segment \(segment), entry \(index), byte \(offset)"
    }
}

extension JournalError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String { "\(code): \(story)" }

    private var story: String {
        switch self {
        case .damaged(let damage):
            "The journal is not what was written: \(damage). Keep the files as they are, and call the privacy officer."
        case .disk(let error): "\(error)"
        case .sealing(let error): "\(error)"
        case .unacceptableText(let field): "The text of \(field) cannot be journalled. This is a fault of the program."
        case .unacceptableEvent: "The event cannot be journalled. This is a fault of the program."
        case .unsafeFact: "An event would have written a UID into the journal. This is a fault of the program."
        case .sequenceNotIncreasing: "There is nothing to journal, or it has been journalled already."
        case .poisoned: "An earlier append failed. Open the journal again."
        case .originMalformed: "The origin of a journal is a short name without white space or plus sign."
        case .checkpointMalformed: "This text is not a checkpoint."
        case .checkpointNotSigned:
            "No key of this journal has signed that checkpoint. Use the key and the checkpoint of one journal."
        case .keyNotInForce(let key):
            "Checkpoints are signed by the key \(key.prefix(16))… now. Give the private key that belongs to it."
        case .keyNotNew: "The key to introduce is in force already. Make a new one."
        case .notRetired: "Segments go only after an entry that says so. This is a fault of the program."
        }
    }
}

extension JournalError {
    static func of<Result>(_ body: () throws(SealingError) -> Result) throws(JournalError) -> Result {
        do throws(SealingError) { return try body() } catch { throw .sealing(error) }
    }

    static func of<Result>(_ body: () throws(DiskError) -> Result) throws(JournalError) -> Result {
        do throws(DiskError) { return try body() } catch { throw .disk(error) }
    }
}
