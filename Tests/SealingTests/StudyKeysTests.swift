import Foundation
import Sealing
import Testing

@Suite struct StudyKeysTests {
    let analysis: P256PrivateKey
    let patient: P256PrivateKey
    let results: P256PrivateKey
    let record: StudyKeyRecord

    init() throws {
        analysis = try P256PrivateKey.generate()
        patient = try P256PrivateKey.generate()
        results = try P256PrivateKey.generate()
        let roles = RolePublicKeys(
            analysis: analysis.publicKey, patient: patient.publicKey, results: results.publicKey)
        record = try StudyKeys.make(study: context().study, roles: roles)
    }

    @Test("each class opens with its role's key and with no other")
    func classes() throws {
        let keys: [(StudyKeyClass, P256PrivateKey)] = [(.image, analysis), (.identity, patient), (.result, results)]
        for (wanted, own) in keys {
            for (_, key) in keys {
                if key === own {
                    let opened = try StudyKeys.open(record, class: wanted, with: key)
                    #expect(opened.publicKey == (try record.publicKey(for: wanted)))
                } else {
                    #expect(throws: SealingError.wrongRecipient) {
                        try StudyKeys.open(record, class: wanted, with: key)
                    }
                }
            }
        }
        #expect(Set(try StudyKeyClass.allCases.map { try record.publicKey(for: $0) }).count == 3)
    }

    @Test("a pair survives its encoding")
    func codable() throws {
        let coded = try JSONEncoder().encode(record.pair(for: .image))
        #expect(try JSONDecoder().decode(StudyKeyPair.self, from: coded) == record.pair(for: .image))
    }

    @Test("a class whose pair was destroyed neither opens nor takes anything more")
    func destroyed() throws {
        var shredded = record
        shredded.pairs[.identity] = nil
        #expect(throws: SealingError.keyDestroyed) { try shredded.publicKey(for: .identity) }
        #expect(throws: SealingError.keyDestroyed) { try StudyKeys.open(shredded, class: .identity, with: patient) }
        _ = try StudyKeys.open(shredded, class: .image, with: analysis)
    }

    @Test("halves of another study, another class, or another pair do not open")
    func exchanged() throws {
        let roles = RolePublicKeys(
            analysis: analysis.publicKey, patient: analysis.publicKey, results: analysis.publicKey)
        let first = try StudyKeys.make(study: context(study: 1).study, roles: roles)
        let second = try StudyKeys.make(study: context(study: 2).study, roles: roles)
        var mixed = first
        mixed.pairs[.image] = second.pairs[.image]
        #expect(throws: SealingError.wrongObject) { try StudyKeys.open(mixed, class: .image, with: analysis) }
        mixed.pairs[.image] = first.pairs[.identity]
        #expect(throws: SealingError.wrongObject) { try StudyKeys.open(mixed, class: .image, with: analysis) }
        mixed.pairs[.image] = first.pairs[.image]
        mixed.pairs[.image]?.publicKey = try second.publicKey(for: .image)
        #expect(throws: SealingError.keysDisagree) { try StudyKeys.open(mixed, class: .image, with: analysis) }
    }

    @Test("rewrapping changes one sealed half, so that files stay as they are and the old role key opens it no more")
    func rewrap() throws {
        let new = try P256PrivateKey.generate()
        let sealed = try Sealed.seal(
            plaintext(50), context: context(), to: record.publicKey(for: .image))
        let rewrapped = try StudyKeys.rewrap(record, class: .image, from: analysis, to: new.publicKey)
        #expect(
            rewrapped.pairs[.identity] == record.pairs[.identity] && rewrapped.pairs[.result] == record.pairs[.result])
        let key = try StudyKeys.open(rewrapped, class: .image, with: new)
        #expect(try Sealed.open(sealed, context: context(), with: key) == plaintext(50))
        #expect(throws: SealingError.wrongRecipient) {
            try StudyKeys.open(rewrapped, class: .image, with: analysis)
        }
    }
}
