import DICOMCore
import ModelCard
import Reporting
import Sealing

/// Names of objects that are made on the command line: from the source's own name and a word, by a plain digest. The
/// objects lie beside the source in the hands of the same person; there is nothing to hide.
struct StationNames {
    let image: ReferencedImage
    let card: ModelCard
    let source: SourceAttributes
    let milliseconds: Int64

    func uid(_ what: String) -> UID {
        let text = "station \(image.sopInstanceUID) \(card.sha256) \(milliseconds) \(what)"
        do {
            let digest = try SHA256.hash(Array(text.utf8))
            return Product.deviceUID(
                modelHash: digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        } catch {
            // SHA-256 of a short text fails only without memory.
            preconditionFailure("no digest: \(error)")
        }
    }

    func identity(_ kind: StoredResult.Kind) -> Reporting.ResultIdentity {
        Reporting.ResultIdentity(
            sopInstanceUID: uid("object \(kind.rawValue)"), seriesInstanceUID: uid("series \(kind.rawValue)"),
            seriesNumber: kind.seriesNumber, instanceNumber: 1,
            time: ReportTime(
                secondsSince1970: Int(milliseconds / 1000), offsetMinutes: source.timezoneOffsetMinutes ?? 0))
    }

    func algorithm() throws -> AlgorithmInput {
        try AlgorithmInput(
            name: card.id, version: card.version, manufacturer: Product.manufacturer,
            deviceUID: Product.deviceUID(modelHash: card.sha256), weightsSHA256: card.sha256)
    }

    func device() throws -> DeviceInput {
        try DeviceInput(
            uid: Product.deviceUID(modelHash: card.sha256), name: Product.name, manufacturer: Product.manufacturer,
            modelName: Product.name, serialNumber: Product.version, softwareVersion: Product.version)
    }
}
