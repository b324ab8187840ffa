import Foundation
import Sealing
import Testing

/// Bytes that follow a script: for vectors, where ephemeral key and nonce prefix must be known.
struct ScriptedRandom: RandomBytes {
    let script: [UInt8]
    private let position = Position()

    private final class Position: @unchecked Sendable {
        // @unchecked: a script belongs to one test, which is one thread.
        var value = 0
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SealingError) {
        guard position.value + buffer.count <= script.count else { throw .randomnessUnavailable }
        unsafe buffer.copyBytes(from: script[position.value..<position.value + buffer.count])
        position.value += buffer.count
    }
}

/// A directory that is removed when the test ends.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/cxr-" + UUID().uuidString.lowercased()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("cannot remove \(path)")
        }
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func unhex(_ text: String) throws -> [UInt8] {
    let digits = Array(text)
    return try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
    }
}

/// The context that most tests use.
func context(
    kind: SealedKind = .image, object: UInt8 = 1, study: UInt8 = 2
) throws -> SealedContext {
    SealedContext(
        kind: kind, object: try #require(ObjectID(bytes: [UInt8](repeating: object, count: 16))),
        study: try #require(StudyID(bytes: [UInt8](repeating: study, count: 16))))
}

/// Bytes that look like something.
func plaintext(_ count: Int) -> [UInt8] {
    // Of a prime length, so that no two chunks are alike.
    let block = (0..<4093).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    var bytes: [UInt8] = []
    while bytes.count < count { bytes += block }
    return Array(bytes.prefix(count))
}
