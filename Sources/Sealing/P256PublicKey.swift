import COpenSSL
import Synchronization

/// The public half of a P-256 pair: to whom something is sealed.
///
/// Source: FIPS 186-5, SEC 1 2.3.3 (uncompressed point, 65 bytes).
public final class P256PublicKey: Sendable {
    private let made: Mutex<EVPKey?>
    /// `04 | x | y`, 65 bytes.
    public let x963: [UInt8]
    /// The first 8 bytes of the SHA-256 of `x963`: names a recipient in a sealed header.
    public let keyID: [UInt8]

    /// Reads an uncompressed point. Throws `keyMalformed` if it is not one, or does not lie on the curve.
    public convenience init(x963: [UInt8]) throws(SealingError) {
        guard x963.count == 65, x963[0] == 4 else { throw .keyMalformed }
        try self.init(x963, made: P256.makeKey(scalar: nil, point: x963))
    }

    /// A point that OpenSSL itself has put out. Most of these are only ever written down: the key is made on demand.
    convenience init(known point: [UInt8]) throws(SealingError) {
        try self.init(point, made: nil)
    }

    /// Reads SubjectPublicKeyInfo in PEM.
    public convenience init(pem: String) throws(SealingError) {
        let bio = try MemoryBIO(Array(pem.utf8))
        guard let read = unsafe PEM_read_bio_PUBKEY(bio.handle, nil, nil, nil) else {
            ERR_clear_error()
            throw .keyMalformed
        }
        let key = unsafe EVPKey(takingOwnershipOf: read)
        try self.init(P256.point(of: key), made: key)
    }

    private init(_ point: [UInt8], made key: EVPKey?) throws(SealingError) {
        made = Mutex(key)
        x963 = point
        keyID = Array(try SHA256.hash(point).prefix(8))
    }

    /// The key as OpenSSL wants it: always of a point that lies on the curve.
    func key() throws(SealingError) -> EVPKey {
        try made.withLock { made throws(SealingError) in
            if let made { return made }
            let key = try P256.makeKey(scalar: nil, point: x963)
            made = key
            return key
        }
    }

    /// SubjectPublicKeyInfo in PEM.
    public func pem() throws(SealingError) -> String {
        let bio = try MemoryBIO()
        try OpenSSL.check(unsafe PEM_write_bio_PUBKEY(bio.handle, key().pointer), "writing a public key")
        return String(decoding: bio.bytes(), as: UTF8.self)
    }
}

extension P256PublicKey: Hashable {
    public static func == (left: P256PublicKey, right: P256PublicKey) -> Bool { left.x963 == right.x963 }
    public func hash(into hasher: inout Hasher) { hasher.combine(x963) }
}

extension P256PublicKey: Codable {
    /// As 130 hexadecimal digits.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Hexadecimal.text(x963))
    }

    public convenience init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let bytes = Hexadecimal.bytes(text, count: 65) else { throw SealingError.keyMalformed }
        try self.init(x963: bytes)
    }
}
