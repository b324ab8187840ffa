import Durability
import Foundation
import ModelCard
import Sealing
import Synchronization

/// The folder of everything that was registered. A file's name is the SHA-256 of its bytes, so that no file ever has
/// reason to change, and nothing that a person typed is part of a path.
public struct ModelShelf: Sendable {
    /// What lies there.
    public enum Kind: String, Sendable, CaseIterable {
        case weights = "onnx"
        case passport = "passport"
        case evaluation = "evaluation.json"

        /// Largest file, in MiB: weights beyond it would not fit the memory of a small gateway beside an image; the
        /// others are text.
        public var limitMiB: Int { self == .weights ? 256 : 16 }

        var words: String {
            switch self {
            case .weights: "file of weights"
            case .passport: "passport"
            case .evaluation: "evaluation report"
            }
        }
    }

    /// Two that register the same weights at once write one file, through one temporary: one after the other. Only the
    /// process that answers administration writes here.
    private static let turn = Mutex(())

    private let folder: String
    private let disk: any Disk

    /// - Parameter folder: `models` in the data directory.
    public init(folder: String, disk: any Disk) {
        self.folder = folder
        self.disk = disk
    }

    /// Makes bytes durable under their hash, which is returned. Bytes that are there already are left alone.
    public func keep(_ bytes: [UInt8], as kind: Kind) throws -> String {
        guard bytes.count <= kind.limitMiB << 20 else { throw RegistryError.tooLarge(limitMiB: kind.limitMiB) }
        let name = Hexadecimal.text(try SHA256.hash(bytes))
        try Self.turn.withLock { _ in
            if let there = try? read(name, as: kind), there == bytes { return }
            try DurableFile.write(bytes, to: path(name, kind), disk: disk, replacing: true)
        }
        return name
    }

    /// The bytes of this name. Throws `missing`, or `changed` if they are not the ones it was given for.
    public func read(_ name: String, as kind: Kind) throws -> [UInt8] {
        guard Hexadecimal.bytes(name, count: SHA256.byteCount) != nil else {
            throw RegistryError.missing(what: kind.words)
        }
        let path = path(name, kind)
        let bytes: [UInt8]
        do {
            guard try disk.size(path) <= kind.limitMiB << 20 else { throw RegistryError.changed(what: kind.words) }
            bytes = try disk.read(path)
        } catch let error as DiskError where error.isMissing {
            throw RegistryError.missing(what: kind.words)
        }
        guard Hexadecimal.text(try SHA256.hash(bytes)) == name else { throw RegistryError.changed(what: kind.words) }
        return bytes
    }

    /// Reads and verifies a passport and its weights. Throws what is wrong as ``RegistryError``.
    public func load(passport name: String, key: VerifyingKey) throws -> (
        passport: SignedPassport, package: ModelPackage
    ) {
        do {
            let passport = try SignedPassport(reading: try read(name, as: .passport), key: key)
            let package = try passport.package(weights: try read(passport.passport.weights.sha256, as: .weights))
            return (passport, package)
        } catch let error as DiskError {
            throw error
        } catch {
            throw RegistryError(reading: error)
        }
    }

    /// The names of all passports on disk.
    public func passports() throws -> [String] {
        try disk.list(folder).compactMap { name in
            name.hasSuffix(".\(Kind.passport.rawValue)") ? String(name.dropLast(Kind.passport.rawValue.count + 1)) : nil
        }
    }

    private func path(_ name: String, _ kind: Kind) -> String { "\(folder)/\(name).\(kind.rawValue)" }
}
