import Deidentification
import Sealing

extension DateShift {
    /// The shift under a subkey of the pseudonym key that serves nothing else.
    init(key: PseudonymKey, maximumDays: Int) throws(SealingError) {
        let subkey = try key.subkey(purpose: "date shift")
        self.init(maximumDays: maximumDays) { bytes in
            do {
                return try HMACSHA256.tag(bytes, key: subkey).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            } catch {
                // HMAC fails only when memory is exhausted; a wrong shift would break every interval.
                preconditionFailure("a shift could not be made: \(error)")
            }
        }
    }
}
