import DICOMCore
import DICOMStream
import DICOMToolkit
import Durability
import Foundation
import Passage
import Radiography
import Sealing

/// Opens sealed images for analysis: decrypts, unpacks or decodes, and makes the picture.
struct ImageOpener: Sendable {
    let directory: DataDirectory
    let secrets: HeldSecrets
    /// The program that decodes compressed pixels in a child of its own.
    let executable: String

    struct OpenedImage {
        let facts: AnalysisFacts
        let header: DataSet
        let geometry: PixelGeometry
        let picture: Picture
        /// What the detector delivered; `nil` for colour.
        let signal: StoredSignal?
    }

    /// Everything of one image, decrypted; throws if it does not belong where it lies.
    func payload(instance: String, study: StudyKeyRecord, path: String) throws -> ImagePayload {
        guard let id = ObjectID(instance) else { throw GatewayError.notFound("instance with this id") }
        let key = try secrets.current.open(study, class: .image)
        let context = SealedContext(kind: .image, object: id, study: study.study)
        return try ImagePayload(SealedFiles.read(directory.file(path), context: context, with: key))
    }

    /// The de-identified header, and what it says of the pixels.
    func header(_ payload: ImagePayload) throws -> (header: DataSet, geometry: PixelGeometry) {
        let header = try DataSetParser.parse(payload.header, transferSyntax: .explicitVRLittleEndian)
        guard let geometry = PixelGeometry(header) else { throw ImagePayloadDamage() }
        return (header, geometry)
    }

    /// The picture of uncompressed samples.
    func open(
        _ payload: ImagePayload, header: DataSet, geometry: PixelGeometry, samples: [UInt8]
    ) throws -> OpenedImage {
        let picture = try PixelPipeline.picture(native: samples, geometry: geometry, header: header)
        let signal = StoredSignal(native: samples, geometry: geometry, header: header)
        return OpenedImage(
            facts: payload.facts, header: header, geometry: geometry, picture: picture, signal: signal)
    }

    /// The pixel data as an element of a data set, and the transfer syntax that it is in.
    func pixelElement(of payload: ImagePayload) throws -> (DataElement, TransferSyntax) {
        guard let uid = UID(payload.pixels.transferSyntax) else { throw ImagePayloadDamage() }
        let syntax = TransferSyntax(uid)
        guard payload.pixels.nativeByteCount != nil else {
            return (DataElement(.pixelData, .OB, bytes: payload.pixelBytes), syntax)
        }
        let (_, geometry) = try header(payload)
        return (
            DataElement(.pixelData, .OW, bytes: try nativeSamples(payload, geometry: geometry)),
            .explicitVRLittleEndian
        )
    }

    func nativeSamples(_ payload: ImagePayload, geometry: PixelGeometry) throws -> [UInt8] {
        if payload.pixels.isPacked {
            var unpacker = PixelUnpacker()
            var samples: [UInt8] = []
            samples.reserveCapacity(payload.pixels.nativeByteCount ?? 0)
            try unsafe payload.pixelBytes.withUnsafeBytes { try unsafe unpacker.unpack($0, into: &samples) }
            try unpacker.finish()
            return samples
        }
        if payload.pixels.nativeByteCount != nil { return payload.pixelBytes }
        return try decode(payload.pixelBytes, try transferSyntax(of: payload), geometry)
    }

    /// The transfer syntax in which the pixels lie.
    func transferSyntax(of payload: ImagePayload) throws -> TransferSyntax {
        guard let uid = UID(payload.pixels.transferSyntax) else { throw ImagePayloadDamage() }
        return TransferSyntax(uid)
    }

    /// The samples of a compressed frame, from a child that may be killed.
    func decode(_ frame: [UInt8], _ transferSyntax: TransferSyntax, _ geometry: PixelGeometry) throws -> [UInt8] {
        try CodecWorker.decode(
            frame: frame, transferSyntax: transferSyntax, geometry: geometry, executable: executable,
            arguments: ["role", "codec"])
    }
}

/// Whole sealed files in and out.
enum SealedFiles {
    static func read(_ path: String, context: SealedContext, with key: P256PrivateKey) throws -> [UInt8] {
        let reader = try SealedReader(path: path, context: context, with: key)
        var bytes: [UInt8] = []
        while let chunk = try reader.nextChunk() { bytes += chunk }
        return bytes
    }
}
