/// Limits of associations, the secured port, and how results are delivered: the keys `dicom.limits.*`, `dicom.tls.*` and
/// `delivery.*`.
struct NetworkSettings: Sendable, Codable, Hashable {
    /// What happens to a result whose images the destination has not got in time.
    enum WithoutImages: String, Sendable, Codable, CaseIterable { case hold, send }
    /// Whether callers on the secured port must show a certificate.
    enum ClientCertificates: String, Sendable, Codable, CaseIterable { case required, none }

    // Reception.
    var maxAssociations = 64
    var maxAssociationsPerAddress = 32
    var maxHalfOpenPerAddress = 16
    var acseSeconds = 5.0
    var idleSeconds = 120.0
    var stallSeconds = 30.0
    var maxPDUBytes = 131_072
    /// Seconds that messages in progress get when the gateway stops.
    var drainSeconds = 5.0

    // TLS.
    /// The secured port; `nil`: none.
    var tlsPort: UInt16?
    /// Files in PEM.
    var certificate = ""
    var privateKey = ""
    var authorities = ""
    var revocations = ""
    var clientCertificates = ClientCertificates.required

    // Delivery.
    var connectSeconds = 10.0
    var answerSeconds = 60.0
    /// How long a result waits for its images to be in the destination …
    var waitForImagesSeconds = 3_600.0
    /// … and what then.
    var withoutImages = WithoutImages.hold
    /// After an outage, until the backlog is gone.
    var drainPerSecond = 20.0
    /// A result that goes out later than this after its images came is counted and journalled as stale.
    var staleSeconds = 3_600.0

    /// Requests for commitment of one result before a person is told.
    static let commitmentAsks = 3
    /// Times a result is sent again because its destination would not commit.
    static let commitmentResends = 3

    /// Whether certificates of our own are configured.
    var hasCertificate: Bool { !certificate.isEmpty && !privateKey.isEmpty }
}
