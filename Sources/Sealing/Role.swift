/// The processes of the gateway, by what they may read.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// Seals images, identities and facts; reads nothing that was sealed.
    case reception
    /// Opens de-identified images and facts; cannot see an identity.
    case analysis
    /// Opens identities and rendered results; cannot open images.
    case filing
    /// Signs the journal; opens nothing.
    case supervisor
}
