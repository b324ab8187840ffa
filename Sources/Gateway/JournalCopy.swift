import Durability
import Foundation
import Journal
import Sealing

/// A journal as files: what a command does without a gateway.
public enum JournalCopy {
    /// Verifies a directory of segments with a public key and checkpoints that were kept elsewhere.
    public static func verify(_ directory: String, publicKey: String, checkpoints: [String]) throws -> JSONValue {
        let key = try VerifyingKey(hexadecimal: publicKey.trimmingCharacters(in: .whitespacesAndNewlines))
        let exported = try checkpoints.flatMap { try CheckpointFile.read($0) }
        let started = DispatchTime.now()
        let found = try JournalVerifier.verify(directory: directory, key: key, against: exported)
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds) / 1e9
        guard case .object(var answer) = describe(found) else { return .null }
        answer["seconds"] = .number(seconds)
        return .object(answer)
    }

    /// Copies the journal of an installation; returns how many entries the copy has. Journal the intent before.
    public static func export(_ configuration: GatewayConfiguration, to target: String) throws -> UInt64 {
        let directory = DataDirectory(configuration.dataDirectory)
        return try JournalExport.write(directory: directory.journal, to: target).size
    }

    static func describe(_ found: JournalVerification) -> JSONValue {
        .object([
            "verified": .bool(true), "entries": .number(found.entries), "firstIndex": .number(found.firstIndex),
            "checkpoints": .number(found.checkpoints), "segments": .number(found.segments.count),
            "compared": .number(found.compared), "olderCheckpoints": .number(found.beforeStart),
            "keysIntroduced": .number(found.keysIntroduced), "keyInForce": .string(found.keyInForce.hexadecimal),
            "root": .string(found.root.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()),
        ])
    }
}
