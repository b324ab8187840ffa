import Durability
import Foundation
import Sealing

// The keys of the roles: which there are, and what follows them.

extension Administration {
    func listKeys(actor: String) throws -> JSONValue { try keyOffice.list() }

    /// Rotates one key, or all that roles hold, one after the other.
    func rotateKeys(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let name = try request.required("key")
        let keys: [KeyRing.RoleKey]
        if name == "journal" {
            try keyOffice.rotateJournalKey(actor: "administrator:\(actor)", reason: request.reason)
            return .array([.object(["name": .string(name), "state": .string("rotated")])])
        }
        if name == "all" {
            keys = KeyRing.RoleKey.allCases
        } else if let key = KeyRing.RoleKey(rawValue: name) {
            keys = [key]
        } else {
            throw GatewayError.badRequest("a key is analysis, patient, results, all (of these three), or journal")
        }
        var rotated: [JSONValue] = []
        for key in keys {
            let isDone = try keyOffice.rotate(key, actor: "administrator:\(actor)", reason: request.reason)
            rotated.append(
                .object([
                    "name": .string(key.rawValue),
                    "state": .string(isDone ? "rotated" : "under way"),
                ]))
        }
        return .array(rotated)
    }
}
