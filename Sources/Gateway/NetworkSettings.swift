import Configuration
import DICOMToolkit
import Foundation

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

    init() {}

    /// Takes its keys from `reader`, each within its range; problems are added to `problems`.
    init(reading reader: ConfigReader, problems: inout [String]) {
        var found: [String] = []
        func number(_ key: ConfigKey, _ range: ClosedRange<Double>, _ fallback: Double) -> Double {
            guard let text = reader.string(forKey: key) ?? reader.double(forKey: key).map({ "\($0)" }) else {
                return fallback
            }
            guard let value = Double(text), range.contains(value) else {
                found.append("\(key): '\(text)' is not within \(range.lowerBound)…\(range.upperBound)")
                return fallback
            }
            return value
        }
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: ConfigKey, _ fallback: Choice) -> Choice
        where Choice.RawValue == String {
            guard let text = reader.string(forKey: key) else { return fallback }
            if let value = Choice(rawValue: text) { return value }
            found.append("\(key): '\(text)' is not one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            return fallback
        }
        maxAssociations = Int(number("dicom.limits.associations", 1...1_000, Double(maxAssociations)))
        maxAssociationsPerAddress = Int(
            number("dicom.limits.per_address", 1...1_000, Double(maxAssociationsPerAddress)))
        maxHalfOpenPerAddress = Int(number("dicom.limits.half_open", 1...512, Double(maxHalfOpenPerAddress)))
        acseSeconds = number("dicom.limits.acse_seconds", 0.1...60, acseSeconds)
        idleSeconds = number("dicom.limits.idle_seconds", 1...86_400, idleSeconds)
        stallSeconds = number("dicom.limits.stall_seconds", 1...3_600, stallSeconds)
        maxPDUBytes = Int(number("dicom.limits.max_pdu_bytes", 4_096...131_072, Double(maxPDUBytes)))
        drainSeconds = number("dicom.limits.drain_seconds", 0...60, drainSeconds)
        if reader.string(forKey: "dicom.tls.port") != nil || reader.double(forKey: "dicom.tls.port") != nil {
            tlsPort = UInt16(number("dicom.tls.port", 0...65_535, 2_762))
        }
        certificate = reader.string(forKey: "dicom.tls.certificate") ?? certificate
        privateKey = reader.string(forKey: "dicom.tls.key") ?? privateKey
        authorities = reader.string(forKey: "dicom.tls.authorities") ?? authorities
        revocations = reader.string(forKey: "dicom.tls.revocations") ?? revocations
        clientCertificates = choice("dicom.tls.client_certificates", clientCertificates)
        if tlsPort != nil, certificate.isEmpty || privateKey.isEmpty {
            found.append("dicom.tls.port needs dicom.tls.certificate and dicom.tls.key")
        }
        connectSeconds = number("delivery.connect_seconds", 0.1...300, connectSeconds)
        answerSeconds = number("delivery.answer_seconds", 1...3_600, answerSeconds)
        waitForImagesSeconds = number("delivery.wait_for_images_seconds", 0...604_800, waitForImagesSeconds)
        withoutImages = choice("delivery.without_images", withoutImages)
        drainPerSecond = number("delivery.drain_per_second", 0.1...1_000, drainPerSecond)
        staleSeconds = number("delivery.stale_seconds", 1...2_592_000, staleSeconds)
        problems += found
    }

    /// Whether certificates of our own are configured.
    var hasCertificate: Bool { !certificate.isEmpty && !privateKey.isEmpty }
}
