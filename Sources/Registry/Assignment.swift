import Sealing

/// Who gets which arm of an experiment: HMAC-SHA-256 of the patient's pseudonym under a key that belongs to this
/// experiment alone, itself derived from the pseudonym key and the experiment's name.
///
/// The same patient always gets the same arm; two experiments do not know of each other; nobody can tell an arm from a
/// patient's number. The first 64 bits, as a fraction of 2⁶⁴, fall below the share or not: of all values exactly
/// `share` in ten thousand, to within one part in 2⁵⁰.
public struct Assignment: Sendable {
    private let key: SecretBytes
    private let share: UInt64

    /// Parts of a whole: the split is exact to 0.01 %.
    public static let parts = 10_000

    /// - Parameters:
    ///   - key: 32 bytes, of this experiment alone.
    ///   - share: of patients who get the treatment, in hundredths of a percent, 0…10000.
    public init(key: SecretBytes, share: Int) {
        self.key = key
        self.share = UInt64(min(max(share, 0), Self.parts))
    }

    /// The arm of a patient, or of a study whose source named no patient, by pseudonym.
    public func arm(of pseudonym: String) throws(SealingError) -> Experiment.Arm {
        Self.arm(at: try HMACSHA256.tag(Array(pseudonym.utf8), key: key), share: share)
    }

    /// What the place of a tag in the hash space says.
    static func arm(at tag: [UInt8], share: UInt64) -> Experiment.Arm {
        let place = tag.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        return place.multipliedFullWidth(by: UInt64(parts)).high < share ? .treatment : .control
    }
}
