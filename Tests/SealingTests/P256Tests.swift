import Foundation
import Sealing
import Testing

@Suite struct P256Tests {
    @Test("ECDH gives the shared secret of NIST CAVP KAS ECC CDH, P-256 count 0")
    func sharedSecret() throws {
        let key = try P256PrivateKey(
            scalar: SecretBytes(
                copying: try unhex("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534")))
        #expect(
            hex(key.publicKey.x963)
                == "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
                + "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141")
        let peer = try P256PublicKey(
            x963: try unhex(
                "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
                    + "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"))
        #expect(
            hex(try key.sharedSecret(with: peer).exposedCopy())
                == "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b")
    }

    @Test("a generated key survives PEM, scalar and point", arguments: [true, false])
    func roundTrips(isSeeded: Bool) throws {
        let key = isSeeded ? try P256PrivateKey.generate(InsecureSeededRandom(seed: 1)) : try P256PrivateKey.generate()
        #expect(try P256PrivateKey(pem: key.pem()).publicKey == key.publicKey)
        #expect(try P256PrivateKey(scalar: key.scalar()).publicKey == key.publicKey)
        #expect(try P256PublicKey(pem: key.publicKey.pem()) == key.publicKey)
        #expect(try P256PublicKey(x963: key.publicKey.x963) == key.publicKey)
        let coded = try JSONEncoder().encode([key.publicKey])
        #expect(try JSONDecoder().decode([P256PublicKey].self, from: coded) == [key.publicKey])
    }

    @Test("the same seed gives the same pair, another seed another, the system never the same twice")
    func generation() throws {
        let first = try P256PrivateKey.generate(InsecureSeededRandom(seed: 1))
        #expect(try P256PrivateKey.generate(InsecureSeededRandom(seed: 1)).publicKey == first.publicKey)
        #expect(try P256PrivateKey.generate(InsecureSeededRandom(seed: 2)).publicKey != first.publicKey)
        #expect(try P256PrivateKey.generate().publicKey != P256PrivateKey.generate().publicKey)
    }

    @Test("scalars outside 1…n-1 are refused, and generation passes over them")
    func badScalars() throws {
        let order = try unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        let zero = [UInt8](repeating: 0, count: 32)
        for scalar in [zero, order, [UInt8](repeating: 0xFF, count: 32), [1], []] {
            #expect(throws: SealingError.keyMalformed) { try P256PrivateKey(scalar: SecretBytes(copying: scalar)) }
        }
        var largest = order
        largest[31] -= 1
        #expect(try P256PrivateKey(scalar: SecretBytes(copying: largest)).scalar().exposedCopy() == largest)
        let key = try P256PrivateKey.generate(ScriptedRandom(script: zero + order + largest))
        #expect(try key.scalar().exposedCopy() == largest)
    }

    @Test("points off the curve, compressed or infinite are refused")
    func badPoints() throws {
        let good = try P256PrivateKey.generate().publicKey.x963
        var off = good
        off[64] ^= 1
        let compressed: [UInt8] = [2] + good[1..<33]
        let origin: [UInt8] = [4] + [UInt8](repeating: 0, count: 64)
        let bad: [[UInt8]] = [off, [0], compressed, good + [0], Array(good.dropLast()), origin]
        for point in bad {
            #expect(throws: SealingError.keyMalformed) { try P256PublicKey(x963: point) }
        }
    }

    @Test("PEM of another curve or kind, an encrypted key and noise are refused without asking anybody")
    func badPEM() throws {
        // An Ed25519 key (that of RFC 8032 test 2).
        let other = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=
            -----END PUBLIC KEY-----
            """
        #expect(throws: SealingError.keyMalformed) { try P256PublicKey(pem: other) }
        #expect(throws: SealingError.keyMalformed) { try P256PublicKey(pem: "") }
        let encrypted = """
            -----BEGIN EC PRIVATE KEY-----
            Proc-Type: 4,ENCRYPTED
            DEK-Info: AES-128-CBC,0B0E6D5B2D5F6C2C1F0F1D0B5D3A2F11

            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
            -----END EC PRIVATE KEY-----
            """
        for text in [encrypted, "", "-----BEGIN PRIVATE KEY-----"] {
            #expect(throws: SealingError.keyMalformed) {
                try P256PrivateKey(pem: SecretBytes(copying: Array(text.utf8)))
            }
        }
    }
}
