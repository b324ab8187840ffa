import DICOMCore
import DICOMStream
import Durability
import Foundation
import Passage
import Reporting
import Sealing

/// The original attributes of one image, opened in memory for as long as a result is made.
struct OpenedSource {
    let attributes: SourceAttributes
    let image: ReferencedImage
    let display: DisplayAttributes

    init(_ instance: InstanceLookup, secrets: RoleSecrets) throws {
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
        display = DisplayAttributes(header: header)
    }
}

/// The original attributes of one image joined with its analysis.
struct AnalysedSource {
    let instance: String
    let attributes: SourceAttributes
    let image: ReferencedImage
    let display: DisplayAttributes
    let record: AnalysisRecord

    /// Opens both, and hands the rendered heat map (8-bit RGB; empty if none was drawn) to `picture` alone: a report
    /// of many images does not hold them all.
    init(
        _ instance: InstanceLookup, house: RoleHouse, secrets: RoleSecrets,
        picture: (ArraySlice<UInt8>) -> Void = { _ in }
    ) throws {
        let opened = try OpenedSource(instance, secrets: secrets)
        (attributes, image, display) = (opened.attributes, opened.image, opened.display)
        guard let id = ObjectID(instance.id) else { throw GatewayError.notFound("instance with this id") }
        let study = instance.keys.study
        let path = try house.store.read { transaction in
            try transaction.row("SELECT path FROM analysis WHERE instance = ?", .text(instance.id))?.text("path")
        }
        guard let path else { throw JobFailure("FIL-021: the analysis is not there", isTransient: false) }
        let bytes = try SealedFiles.read(
            house.directory.file(path), context: SealedContext(kind: .result, object: id, study: study),
            with: try secrets.open(instance.keys, class: .result))
        guard let (record, rendered) = AnalysisRecord.decode(bytes) else {
            throw JobFailure("FIL-022: the sealed analysis has another layout", isTransient: false)
        }
        self.instance = instance.id
        self.record = record
        picture(rendered)
    }
}
