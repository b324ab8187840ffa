import DICOMCore
import DICOMStream
import Durability
import Foundation
import Passage
import Reporting
import Sealing

/// The original attributes and the analysis of one image, opened and joined in memory for as long as a result is made.
struct OpenedSource {
    let instance: String
    let attributes: SourceAttributes
    let image: ReferencedImage
    let record: AnalysisRecord
    /// The rendered heat map, 8-bit RGB; empty if none was drawn.
    let picture: ArraySlice<UInt8>

    init(_ instance: InstanceLookup, house: RoleHouse, secrets: RoleSecrets) throws {
        guard let id = ObjectID(instance.id) else { throw GatewayError.notFound("instance with this id") }
        let study = instance.keys.study
        let opened = try Sealed.open(
            instance.identity, context: SealedContext(kind: .identity, object: id, study: study),
            with: try secrets.open(instance.keys, class: .identity))
        guard let identity = SealedIdentity(opened) else {
            throw JobFailure("FIL-020: the sealed identity has another layout", isTransient: false)
        }
        let header = try DataSetParser.parse(identity.header, transferSyntax: identity.transferSyntax)
        attributes = try SourceAttributes(header: header)
        image = try ReferencedImage(header: header, transferSyntax: identity.transferSyntax)

        let path = try house.store.read { transaction in
            try transaction.row("SELECT path FROM analysis WHERE instance = ?", .text(instance.id))?.text("path")
        }
        guard let path else { throw JobFailure("FIL-021: the analysis is not there", isTransient: false) }
        let bytes = try SealedFiles.read(
            house.directory.file(path), context: SealedContext(kind: .result, object: id, study: study),
            with: try secrets.open(instance.keys, class: .result))
        guard let (record, picture) = AnalysisRecord.decode(bytes) else {
            throw JobFailure("FIL-022: the sealed analysis has another layout", isTransient: false)
        }
        self.instance = instance.id
        self.record = record
        self.picture = picture
    }
}

/// What a study holds for its report.
struct StudyContents: Sendable {
    let analysed: [InstanceLookup]
    /// Images wait for analysis.
    let isAnalysing: Bool
    let oldestWaiting: Int64?
    let revision: Int64
    let lastSourceSet: [UInt8]?

    static func find(_ study: String, in transaction: borrowing Transaction) throws -> StudyContents {
        let rows = try transaction.rows(
            """
            SELECT instance.*, study.keys AS keys FROM instance JOIN study ON study.id = instance.study
            WHERE instance.study = ? AND state IN ('analysed', 'reported', 'delivered', 'committed')
            ORDER BY received_at, instance.id
            """, .text(study))
        let waiting = try transaction.row(
            "SELECT min(received_at) AS oldest FROM instance WHERE study = ? AND state IN ('clearing', 'ready')",
            .text(study))?.integer("oldest")
        let last = try transaction.row(
            "SELECT source_set FROM result WHERE study = ? AND kind = 'report' ORDER BY revision DESC LIMIT 1",
            .text(study))
        let revision = try transaction.row("SELECT revision FROM study WHERE id = ?", .text(study))
        return StudyContents(
            analysed: try rows.compactMap { try InstanceLookup($0) }, isAnalysing: waiting != nil,
            oldestWaiting: waiting, revision: revision?.integer("revision") ?? 0,
            lastSourceSet: last?.blob("source_set"))
    }

    /// The report is made without the images that are still being analysed: they have had the whole cap.
    func isOverdue(_ house: RoleHouse) -> Bool {
        guard let oldestWaiting else { return true }
        return house.clock.milliseconds() - oldestWaiting > Int64(house.configuration.quietCapSeconds * 1000)
    }
}

/// The set of instances that a result speaks of.
enum SourceSet {
    static func digest(_ instances: [String]) -> [UInt8] {
        let names = instances.sorted().joined(separator: ",")
        do {
            return try SHA256.hash(Array(names.utf8))
        } catch {
            // SHA-256 of a short text fails only without memory.
            preconditionFailure("no digest: \(error)")
        }
    }
}
