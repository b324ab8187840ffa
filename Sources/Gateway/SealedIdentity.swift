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
        var position = 0
        func part() -> [UInt8]? {
            guard bytes.count - position >= 4 else { return nil }
            let count = bytes[position..<(position + 4)].reduce(0) { $0 << 8 | Int($1) }
            position += 4
            guard bytes.count - position >= count else { return nil }
            defer { position += count }
            return Array(bytes[position..<(position + count)])
        }
        guard let syntax = part(), let uid = UID(String(decoding: syntax, as: UTF8.self)), let header = part(),
            let trailer = part(), position == bytes.count
        else { return nil }
        self.init(transferSyntax: TransferSyntax(uid), header: header, trailer: trailer)
    }

    var bytes: [UInt8] {
        [Array(transferSyntax.uid.value.utf8), header, trailer].flatMap { ImagePayload.prefix($0.count) + $0 }
    }
}
