import Durability
import Foundation
import Sealing
import Testing

@testable import Gateway

@Suite struct KeyHandOverTests {
    @Test("open key files arrive with their names at the other end of a link, and nothing was read on the way")
    func files() throws {
        let path = NSTemporaryDirectory() + "cxrgate-keys-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let ring = try KeyRing.create(in: path)
        let (ours, theirs) = try PacketSocket.pair()
        for role in [Role.reception, .analysis, .filing] {
            let files = try KeyRing.files(for: role, in: path)
            try ours.send(.keys(3, files.map(\.name)), with: files)
            let (message, arrived) = try #require(theirs.receiveWithFiles())
            #expect(message == .keys(3, files.map(\.name)))
            #expect(try RoleSecrets(role: role, handed: arrived) == ring.secrets(for: role))
        }
    }
}
