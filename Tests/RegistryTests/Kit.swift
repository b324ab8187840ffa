import Durability
import Foundation
import ModelCard
import Sealing

@testable import Registry

/// A registry in a folder of its own.
struct Bench {
    let folder: String
    let store: Store
    let shelf: ModelShelf
    let key: SigningKey

    init() throws {
        folder = NSTemporaryDirectory() + "cxrgate-registry-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/models", withIntermediateDirectories: true)
        store = try Store(path: folder + "/gateway.sqlite")
        shelf = ModelShelf(folder: folder + "/models", disk: RealDisk())
        key = try SigningKey(seed: SecretBytes(copying: [UInt8](repeating: 3, count: 32)))
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    static func step(_ at: Int64 = 1) -> ModelBook.Step {
        ModelBook.Step(actor: "administrator:a", reason: "r", at: at)
    }

    /// The built-in model under another version, with weights that differ by a comment of the ONNX file.
    static func package(_ version: String, id: String = "cxr-pneumonia", comment: String = "") throws -> (
        card: String, package: ModelPackage
    ) {
        let builtIn = try ModelPackage.builtIn()
        // Field 6 of a ModelProto is a comment; a later one counts.
        let tail = comment.isEmpty ? [] : [0x32, UInt8(comment.utf8.count)] + Array(comment.utf8)
        let onnx = builtIn.onnx + tail
        let card = String(decoding: ModelPackage.builtInCard, as: UTF8.self)
            .replacingOccurrences(of: "\"version\" : \"\(builtIn.card.version)\"", with: "\"version\" : \"\(version)\"")
            .replacingOccurrences(of: "\"cxr-pneumonia\"", with: "\"\(id)\"")
            .replacingOccurrences(of: builtIn.card.sha256, with: Hexadecimal.text(try SHA256.hash(onnx)))
        return (card, try ModelPackage(card: Array(card.utf8), onnx: onnx))
    }

    static func passport(_ version: String, id: String = "cxr-pneumonia", comment: String = "") throws -> (
        Passport, ModelPackage
    ) {
        let (card, package) = try package(version, id: id, comment: comment)
        let answers = Passport.KnownAnswer(pictures: "integer-1", probabilities: [[0.5]], tolerance: 0.001)
        return (
            Passport(
                package: package, card: card, origin: .site, knownAnswer: answers, evaluation: nil, registeredAt: 1),
            package
        )
    }

    /// Registers a version in the database alone; artefacts have their own tests.
    @discardableResult
    func register(_ version: String, in store: Store? = nil) throws -> ModelBook.Entry {
        let (passport, _) = try Self.passport(version)
        return try (store ?? self.store).write { transaction in
            try ModelBook.register(passport, named: "passport of \(version)", by: Self.step(), in: transaction)
            return try ModelBook.find(passport.id, version, in: transaction)
        }
    }
}
