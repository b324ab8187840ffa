import DICOMCore
import Durability
import Foundation
import ModelCard
import Passage
import Radiography
import Registry
import Reporting
import Sealing

/// The names and times of one result: derived, so that making it again gives the same object.
struct ResultNames {
    private let key: ResultUIDKey
    private let source: [UInt8]
    private let kind: StoredResult.Kind
    private let sourceSet: [UInt8]
    private let revision: Int64
    private let model: ModelIdentity

    init(
        secrets: RoleSecrets, source: String, kind: StoredResult.Kind, sourceSet: [UInt8], revision: Int64,
        model: ModelIdentity
    ) throws {
        guard let key = secrets.resultUIDKey, let id = ObjectID(source) else {
            throw GatewayError.keys("the key of result UIDs is not there")
        }
        self.key = key
        self.source = id.bytes
        self.kind = kind
        self.sourceSet = sourceSet
        self.revision = revision
        self.model = model
    }

    /// - Parameters:
    ///   - milliseconds: the moment of the result, since 1970-01-01 UTC.
    ///   - source: says in which zone its dates and times are.
    func identity(
        sopClass: UID, at milliseconds: Int64, like source: SourceAttributes
    ) throws -> Reporting.ResultIdentity {
        Reporting.ResultIdentity(
            sopInstanceUID: try uid("object", sopClass), seriesInstanceUID: try uid("series", sopClass),
            seriesNumber: kind.seriesNumber, instanceNumber: Int(revision),
            time: ReportTime(
                secondsSince1970: Int(milliseconds / 1000), offsetMinutes: source.timezoneOffsetMinutes ?? 0))
    }

    func algorithm() throws -> AlgorithmInput {
        try AlgorithmInput(
            name: model.id, version: model.version, manufacturer: Product.manufacturer,
            deviceUID: Product.deviceUID(modelHash: model.sha256), weightsSHA256: model.sha256)
    }

    func device() throws -> DeviceInput {
        try DeviceInput(
            uid: Product.deviceUID(modelHash: model.sha256), name: Product.name,
            manufacturer: Product.manufacturer, modelName: Product.name, serialNumber: Product.version,
            softwareVersion: Product.version)
    }

    /// - Parameter number: which image of the report it is, from 0.
    func finding(
        _ finding: Passage.Finding, at index: Int, of source: AnalysedSource, number: Int
    ) throws -> FindingInput {
        let outlines = source.record.regions.indices.contains(index) ? source.record.regions[index] : []
        return try FindingInput(
            finding, of: source.image, outlines: outlines, trackingIdentifier: "\(finding.label) image \(number + 1)",
            trackingUID: try uid("finding \(source.instance) \(index)", SOPClass.comprehensive3DSR),
            regionUID: { try uid("region \(source.instance) \(index) \($0)", SOPClass.comprehensive3DSR) })
    }

    private func uid(_ what: String, _ sopClass: UID) throws -> UID {
        try key.uid(
            for: Sealing.ResultIdentity(
                source: source, modelVersion: model.text,
                kind: "\(kind.rawValue) \(what)", sourceSetDigest: sourceSet, revision: UInt32(clamping: revision),
                sopClass: sopClass))
    }
}

/// Which weights speak.
struct ModelIdentity: Sendable, Hashable {
    let id: String
    let version: String
    /// Of the weights, lower-case hexadecimal.
    let sha256: String

    init(_ findings: Findings) {
        (id, version, sha256) = (findings.modelID, findings.modelVersion, findings.modelHash)
    }

    init(_ card: ModelCard) {
        (id, version, sha256) = (card.id, card.version, card.sha256)
    }

    /// The model of a study of which no image was analysed: the one it was bound to, or else that of new studies.
    static func speaking(of study: String, in store: Store) throws -> ModelIdentity {
        let bound = try store.read { transaction -> ModelIdentity? in
            if let bound = try StudyBinding.find(study, in: transaction) { return ModelIdentity(bound) }
            return try ModelBook.production(in: transaction).map { ModelIdentity(StudyBinding($0)) }
        }
        return try bound ?? ModelIdentity(ModelPackage.builtIn().card)
    }

    init(_ binding: StudyBinding) {
        (id, version, sha256) = (binding.id, binding.version, binding.weights)
    }

    /// Reads ``text``; `nil` for something else.
    init?(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        (id, version, sha256) = (words[0], words[1], words[2])
    }

    /// As the table `result` keeps it, and as the names of results are derived from it.
    var text: String { "\(id) \(version) \(sha256)" }
}

/// Why a patient is outside the model's population, in the words of the report.
enum PopulationStatement {
    static func words(for remarks: [Eligibility.Remark]) -> String? {
        if remarks.contains(.ageOutsidePopulation) { return "age outside the range that the model was made for" }
        if remarks.contains(.viewOutsidePopulation) { return "view other than the model was made for" }
        if remarks.contains(.polaritySuspected) { return "black and white may be exchanged" }
        if remarks.contains(.orientationSuspected) { return "the image may be turned or mirrored" }
        if remarks.contains(.distributionUnusual) { return "an image unlike those that the model was made for" }
        if remarks.contains(.ageUnknown) { return "age unknown; the model was made for a stated range" }
        return nil
    }
}

/// The product's own names.
public enum Product {
    public static let name = "cxrgate"
    public static let version = "0.1.0"
    public static let manufacturer = "cxrgate project"

    /// A device UID that changes with the weights (IHE AI Results 6.5.3.1): 128 bits of their SHA-256 under 2.25.
    static func deviceUID(modelHash: String) -> UID {
        let digits = Array(modelHash.utf8.prefix(32))
        var decimal: [UInt8] = [0]
        for digit in digits {
            var carry = Int(digit >= 97 ? digit - 87 : digit - 48)
            for place in decimal.indices {
                let value = Int(decimal[place]) * 16 + carry
                decimal[place] = UInt8(value % 10)
                carry = value / 10
            }
            while carry > 0 {
                decimal.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        let text = "2.25." + decimal.reversed().map { "\($0)" }.joined()
        return UID(text) ?? "2.25.1"
    }
}
