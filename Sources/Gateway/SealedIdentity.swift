import DICOMCore
import Passage

/// The original header and trailer of an instance, as they arrived: what is sealed for filing alone.
///
/// Layout: transfer syntax UID, header, trailer; each with its length as 4 bytes big-endian before it.
struct SealedIdentity: Sendable {
    let transferSyntax: TransferSyntax
    let header: [UInt8]
    let trailer: [UInt8]

    init(transferSyntax: TransferSyntax, header: [UInt8], trailer: [UInt8]) {
        self.transferSyntax = transferSyntax
        self.header = header
        self.trailer = trailer
    }

    init?(_ bytes: [UInt8]) {
        var reader = SectionReader(bytes: bytes)
        do throws(ImagePayloadDamage) {
            let syntax = try reader.section()
            let header = Array(try reader.section())
            let trailer = Array(try reader.section())
            guard let uid = UID(String(decoding: syntax, as: UTF8.self)), reader.isAtEnd else { return nil }
            self.init(transferSyntax: TransferSyntax(uid), header: header, trailer: trailer)
        } catch {
            return nil
        }
    }

    var bytes: [UInt8] {
        [Array(transferSyntax.uid.value.utf8), header, trailer].flatMap { ImagePayload.prefix($0.count) + $0 }
    }
}
