import Sealing
import Testing

/// Vectors written by others.
@Suite struct PrimitivesTests {
    @Test("SHA-256 gives the digest of FIPS 180-2 B.1, whole and in pieces")
    func sha256() throws {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(hex(try SHA256.hash(Array("abc".utf8))) == expected)
        let stream = try SHA256Stream()
        try stream.update(Array("a".utf8))
        try stream.update([])
        try stream.update(Array("bc".utf8))
        #expect(hex(try stream.finish()) == expected)
        #expect(hex(try SHA256.hash([])).hasPrefix("e3b0c44298fc1c149afbf4c8996fb924"))
    }

    @Test("HMAC-SHA-256 gives the tag of RFC 4231 case 2 and refuses another")
    func hmac() throws {
        let key = SecretBytes(copying: Array("Jefe".utf8))
        let message = Array("what do ya want for nothing?".utf8)
        var tag = try HMACSHA256.tag(message, key: key)
        #expect(hex(tag) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(try HMACSHA256.isValid(tag, for: message, key: key))
        tag[31] ^= 1
        #expect(try !HMACSHA256.isValid(tag, for: message, key: key))
        #expect(try !HMACSHA256.isValid([], for: message, key: key))
    }

    @Test("HKDF-SHA-256 gives the keys of RFC 5869 cases 1 and 3")
    func hkdf() throws {
        let secret = SecretBytes(copying: [UInt8](repeating: 0x0B, count: 22))
        let first = try HKDFSHA256.derive(secret, salt: Array(0...12), info: Array(0xF0...0xF9), count: 42)
        #expect(
            hex(first.exposedCopy())
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let third = try HKDFSHA256.derive(secret, salt: [], info: [], count: 42)
        #expect(
            hex(third.exposedCopy())
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    @Test("AES-256-GCM gives the ciphertext of the GCM specification, case 16, and refuses every flipped byte")
    func gcm() throws {
        let key = SecretBytes(
            copying: try unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try unhex("cafebabefacedbaddecaf888")
        let data = try unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let message = try unhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
                + "b16aedf5aa0de657ba637b39")
        let sealed = try AES256GCM.seal(message, key: key, nonce: nonce, authenticating: data)
        #expect(
            hex(sealed)
                == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
                + "c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
        #expect(try AES256GCM.open(sealed, key: key, nonce: nonce, authenticating: data) == message)
        for index in sealed.indices {
            var flipped = sealed
            flipped[index] ^= 0x80
            #expect(throws: SealingError.damaged(chunk: 0)) {
                try AES256GCM.open(flipped, key: key, nonce: nonce, authenticating: data)
            }
        }
        #expect(throws: SealingError.damaged(chunk: 0)) {
            try AES256GCM.open(sealed, key: key, nonce: nonce, authenticating: [])
        }
    }

    @Test("Ed25519 gives the signature of RFC 8032 test 2 and refuses every flipped byte")
    func ed25519() throws {
        let seed = SecretBytes(
            copying: try unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
        let key = try JournalSigningKey(seed: seed)
        #expect(
            key.verifyingKey.hexadecimal == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let signature = try key.sign([0x72])
        #expect(
            hex(signature)
                == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        #expect(try key.verifyingKey.isValid(signature, for: [0x72]))
        for index in signature.indices {
            var flipped = signature
            flipped[index] ^= 1
            #expect(try !key.verifyingKey.isValid(flipped, for: [0x72]))
        }
        #expect(try key.seed() == seed)
    }

    @Test("secrets compare by content and show nothing")
    func secrets() throws {
        let secret = SecretBytes(copying: Array("swordfish".utf8))
        #expect(secret == SecretBytes(copying: Array("swordfish".utf8)))
        #expect(secret != SecretBytes(copying: Array("swordfist".utf8)))
        #expect(secret != SecretBytes(copying: Array("sword".utf8)))
        var dumped = ""
        dump(secret, to: &dumped)
        dump(try P256PrivateKey.generate(), to: &dumped)
        dump(try PseudonymKey.generate(), to: &dumped)
        #expect(!"\(secret) \(String(reflecting: secret)) \(dumped)".contains("sword"))
        #expect(!dumped.contains("0x"))
    }
}
