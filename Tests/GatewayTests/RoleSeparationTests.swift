import Durability
import Foundation
import Sealing
import Testing

@testable import Gateway

/// Each role with exactly the files that the supervisor hands it: what it can open, and what it cannot.
@Suite struct RoleSeparationTests {
    @Test("reception opens nothing it sealed, analysis no identity, filing no image")
    func ownKeys() throws {
        let kept = try KeptStudy()
        let keys = try #require(try StudyRows.keys(of: kept.study, in: kept.store))
        let may: [Role: Set<StudyKeyClass>] = [
            .reception: [], .analysis: [.image], .filing: [.identity, .result], .supervisor: [],
        ]
        for role in Role.allCases {
            let files = try KeyRing.files(for: role, in: kept.directory.keys)
            let secrets = try RoleSecrets(role: role, handed: files)
            for name in StudyKeyClass.allCases {
                if may[role]?.contains(name) == true {
                    _ = try secrets.open(keys, class: name)
                } else {
                    #expect(throws: SealingError.keyNotHeld, "\(role) \(name)") {
                        try secrets.open(keys, class: name)
                    }
                    // And not with any private key that it was handed, whatever that is called.
                    for held in StudyKeyClass.allCases.flatMap({ secrets.keys(for: $0) }) {
                        #expect(throws: SealingError.wrongRecipient, "\(role) \(name)") {
                            try StudyKeys.open(keys, class: name, with: held)
                        }
                    }
                }
            }
            // A role that says it is another gets nothing more out of its files.
            for other in Role.allCases where other != role {
                #expect(throws: SealingError.self, "\(role) as \(other)") {
                    try RoleSecrets(role: other, handed: files)
                }
            }
        }
    }
}
