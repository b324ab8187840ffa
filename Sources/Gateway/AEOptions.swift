import Foundation

/// What is agreed with a peer beside its title, address and roles. Every key has a default; only what differs is kept.
struct AEOptions: Sendable, Hashable, Codable {
    /// The best SR class to send; `auto` finds out what the destination accepts.
    enum ReportClass: String, Sendable, Codable, CaseIterable {
        case auto, comprehensive3D = "3d", comprehensive, enhanced
        /// The destination gets no report at all, only heat maps.
        case none
    }

    /// What becomes of an image whose SOP Instance UID another image has already.
    enum DuplicatePolicy: String, Sendable, Codable, CaseIterable {
        /// Kept, and shown to a person.
        case hold
        /// Answered with a failure, and not kept.
        case refuse
    }

    /// Which studies a destination hears of.
    enum FindingRule: String, Sendable, Codable, CaseIterable {
        case all
        /// Those with a finding that is present or undetermined; and every later word on one that it has heard of.
        case notable
    }

    /// What may be made of a study, by the names that people use.
    enum ResultObject: String, Sendable, Codable, CaseIterable {
        case report, heatmap
        case presentationState = "presentation-state"
        case keyObjects = "key-objects"
    }

    // Any peer.
    /// Associations go over TLS, and none without it.
    var tls = false
    /// SHA-256 of the certificate that the peer shows.
    var fingerprint: String?

    // A source.
    /// Addresses it may come from, beside its host.
    var addresses: [String] = []
    /// Its AE title may differ in upper and lower case.
    var ignoresCase = false
    /// Associations of it at a time.
    var maxAssociations = 16
    /// Associations per minute; as many may come at once.
    var associationsPerMinute = 600
    /// The report of a study is made when it has been quiet for this long; `nil`: as configured for all.
    var quietSeconds: Double?
    /// It may ask us for commitment; answered yes only for what a destination has. Reports go to its host and port.
    var commitmentService = false
    /// Silence after which `ae doctor` and `status` speak up, in hours; 0: never.
    var silentAfterHours = 0.0
    /// The same UID with other content; the same bytes again are always answered with Success.
    var duplicates = DuplicatePolicy.hold

    // A destination.
    /// It is asked (C-FIND) whether study, patient and accession still agree and the images are there.
    var query = true
    /// It is asked to take responsibility (Storage Commitment).
    var commitment = false
    /// It is asked again when it has not reported after this long.
    var commitmentTimeoutSeconds = 3_600.0
    /// Where it cannot be asked, an identity older than this is not sent without a person.
    var maxIdentityAgeSeconds = 86_400.0
    var reportClass = ReportClass.auto
    /// It gets results of images that these AE titles sent; empty: of all.
    var resultsOf: [String] = []
    /// Which studies it hears of.
    var findings = FindingRule.all
    /// Which objects it gets; empty: every one that is made.
    var objects: Set<ResultObject> = []

    init() {}

    /// Decodes what is there over the defaults, so that an older entry stays readable.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
            try container.decodeIfPresent(Value.self, forKey: key) ?? fallback
        }
        tls = try value(.tls, tls)
        fingerprint = try container.decodeIfPresent(String.self, forKey: .fingerprint)
        addresses = try value(.addresses, addresses)
        ignoresCase = try value(.ignoresCase, ignoresCase)
        maxAssociations = try value(.maxAssociations, maxAssociations)
        associationsPerMinute = try value(.associationsPerMinute, associationsPerMinute)
        quietSeconds = try container.decodeIfPresent(Double.self, forKey: .quietSeconds)
        commitmentService = try value(.commitmentService, commitmentService)
        silentAfterHours = try value(.silentAfterHours, silentAfterHours)
        duplicates = try value(.duplicates, duplicates)
        query = try value(.query, query)
        commitment = try value(.commitment, commitment)
        commitmentTimeoutSeconds = try value(.commitmentTimeoutSeconds, commitmentTimeoutSeconds)
        maxIdentityAgeSeconds = try value(.maxIdentityAgeSeconds, maxIdentityAgeSeconds)
        reportClass = try value(.reportClass, reportClass)
        resultsOf = try value(.resultsOf, resultsOf)
        findings = try value(.findings, findings)
        objects = try value(.objects, objects)
    }

    /// The names on the command line, in requests, and in exported lists.
    static let names = [
        "tls", "fingerprint", "addresses", "ignore-case", "max-associations", "rate", "quiet-seconds",
        "silent-after-hours", "duplicates", "commitment-service", "query", "commitment", "commitment-timeout",
        "max-identity-age", "sr", "results-of", "findings", "objects",
    ]

    /// The value under a name; `nil` if it is not set.
    func text(_ name: String) -> String? {
        switch name {
        case "tls": Self.onOff(tls)
        case "fingerprint": fingerprint
        case "addresses": addresses.isEmpty ? nil : addresses.joined(separator: ",")
        case "ignore-case": Self.onOff(ignoresCase)
        case "max-associations": "\(maxAssociations)"
        case "rate": "\(associationsPerMinute)"
        case "quiet-seconds": quietSeconds.map(Self.plain)
        case "silent-after-hours": Self.plain(silentAfterHours)
        case "duplicates": duplicates.rawValue
        case "commitment-service": Self.onOff(commitmentService)
        case "query": Self.onOff(query)
        case "commitment": Self.onOff(commitment)
        case "commitment-timeout": Self.plain(commitmentTimeoutSeconds)
        case "max-identity-age": Self.plain(maxIdentityAgeSeconds)
        case "sr": reportClass.rawValue
        case "results-of": resultsOf.isEmpty ? nil : resultsOf.joined(separator: ",")
        case "findings": findings.rawValue
        case "objects": objects.isEmpty ? nil : objects.map(\.rawValue).sorted().joined(separator: ",")
        default: nil
        }
    }

    /// Sets the value under a name; an empty text takes it back to its default. Throws what is wrong with it.
    mutating func set(_ name: String, _ text: String) throws(GatewayError) {
        let fallback = AEOptions()
        let isReset = text.isEmpty
        switch name {
        case "tls": tls = isReset ? fallback.tls : try Self.onOff(name, text)
        case "fingerprint": fingerprint = isReset ? nil : try Self.fingerprint(text)
        case "addresses": addresses = try Self.addresses(text)
        case "ignore-case": ignoresCase = isReset ? fallback.ignoresCase : try Self.onOff(name, text)
        case "max-associations":
            maxAssociations = isReset ? fallback.maxAssociations : Int(try Self.number(name, text, 1...1_000))
        case "rate":
            associationsPerMinute =
                isReset ? fallback.associationsPerMinute : Int(try Self.number(name, text, 1...100_000))
        case "quiet-seconds": quietSeconds = isReset ? nil : try Self.number(name, text, 0...120)
        case "silent-after-hours":
            silentAfterHours = isReset ? fallback.silentAfterHours : try Self.number(name, text, 0...8_760)
        case "duplicates":
            guard let value = isReset ? fallback.duplicates : DuplicatePolicy(rawValue: text) else {
                throw .badRequest("duplicates is \(DuplicatePolicy.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            duplicates = value
        case "commitment-service":
            commitmentService = isReset ? fallback.commitmentService : try Self.onOff(name, text)
        case "query": query = isReset ? fallback.query : try Self.onOff(name, text)
        case "commitment": commitment = isReset ? fallback.commitment : try Self.onOff(name, text)
        case "commitment-timeout":
            commitmentTimeoutSeconds =
                isReset ? fallback.commitmentTimeoutSeconds : try Self.number(name, text, 1...2_592_000)
        case "max-identity-age":
            maxIdentityAgeSeconds =
                isReset ? fallback.maxIdentityAgeSeconds : try Self.number(name, text, 0...31_536_000)
        case "sr":
            guard let value = isReset ? fallback.reportClass : ReportClass(rawValue: text) else {
                throw .badRequest("sr is \(ReportClass.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            reportClass = value
        case "results-of": resultsOf = try Self.titles(text)
        case "findings":
            guard let value = isReset ? fallback.findings : FindingRule(rawValue: text) else {
                throw .badRequest("findings is \(FindingRule.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            findings = value
        case "objects": objects = try Self.objects(text)
        default: throw .badRequest("'\(name)' is not an option of an AE title")
        }
    }

    private static func onOff(_ value: Bool) -> String { value ? "on" : "off" }

    private static func onOff(_ name: String, _ text: String) throws(GatewayError) -> Bool {
        switch text {
        case "on", "yes", "true": true
        case "off", "no", "false": false
        default: throw .badRequest("\(name) is on or off")
        }
    }

    private static func number(
        _ name: String, _ text: String, _ range: ClosedRange<Double>
    ) throws(GatewayError) -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw .badRequest("\(name) is a number, \(plain(range.lowerBound))…\(plain(range.upperBound))")
        }
        return value
    }

    private static func plain(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }

    /// Takes colons and upper case as other tools print them.
    private static func fingerprint(_ text: String) throws(GatewayError) -> String {
        let digits = text.lowercased().filter { $0 != ":" }
        guard digits.utf8.count == 64, digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw .badRequest("a fingerprint is the SHA-256 of a certificate, 64 hexadecimal digits") }
        return digits
    }

    private static func addresses(_ text: String) throws(GatewayError) -> [String] {
        let addresses = text.split(separator: ",").map(String.init)
        guard addresses.count <= 64 else { throw .badRequest("64 addresses at most") }
        for address in addresses {
            var buffer = [UInt8](repeating: 0, count: 16)
            let isIPv4 = unsafe inet_pton(AF_INET, address, &buffer) == 1
            let isIPv6 = unsafe inet_pton(AF_INET6, address, &buffer) == 1
            guard isIPv4 || isIPv6 else { throw .badRequest("an address is a numeric IPv4 or IPv6 address") }
        }
        return addresses
    }
}
