import Durability
import Foundation
import ModelCard
import Sealing
import Testing

@testable import Registry

@Suite struct ModelShelfTests {
    private func shelved(_ bench: Bench) throws -> (name: String, passport: Passport) {
        let (passport, package) = try Bench.passport("1.1.0")
        _ = try bench.shelf.keep(package.onnx, as: .weights)
        let text = try SignedPassport(passport, key: bench.key).text
        return (try bench.shelf.keep(Array(text.utf8), as: .passport), passport)
    }

    @Test func whatWasRegisteredLoads() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let (name, passport) = try shelved(bench)
        let loaded = try bench.shelf.load(passport: name, key: bench.key.verifyingKey)
        #expect(loaded.passport.passport == passport)
        #expect(loaded.package.card.version == "1.1.0")
        #expect(try bench.shelf.passports() == [name])
    }

    @Test func weightsThatWereTamperedWithAreRefusedAtLoad() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let (name, passport) = try shelved(bench)
        let path = "\(bench.folder)/models/\(passport.weights.sha256).onnx"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        #expect(throws: RegistryError.changed(what: "file of weights")) {
            try bench.shelf.load(passport: name, key: bench.key.verifyingKey)
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: RegistryError.missing(what: "file of weights")) {
            try bench.shelf.load(passport: name, key: bench.key.verifyingKey)
        }
    }

    @Test func aPassportOfAStrangerIsRefusedEvenUnderItsOwnHash() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let (passport, package) = try Bench.passport("1.1.0")
        _ = try bench.shelf.keep(package.onnx, as: .weights)
        let stranger = try SigningKey(seed: SecretBytes(copying: [UInt8](repeating: 9, count: 32)))
        let name = try bench.shelf.keep(Array(try SignedPassport(passport, key: stranger).text.utf8), as: .passport)
        do {
            _ = try bench.shelf.load(passport: name, key: bench.key.verifyingKey)
            Issue.record("a stranger's passport was taken")
        } catch {
            #expect("\(error)".contains("MOD-006"))
        }
    }

    @Test func namesThatAreNoHashAreNeverOpened() throws {
        let bench = try Bench()
        defer { bench.remove() }
        for name in ["../gateway.sqlite", "", "/etc/passwd", String(repeating: "A", count: 64), "a\0"] {
            #expect(throws: RegistryError.missing(what: "passport")) { try bench.shelf.read(name, as: .passport) }
        }
    }

    @Test func aFailingDiskLeavesNothingHalf() throws {
        let bench = try Bench()
        defer { bench.remove() }
        let bytes = [UInt8](repeating: 5, count: 1000)
        var failures = 0
        for call in 0..<12 {
            let folder = "\(bench.folder)/models-\(call)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let disk = FaultyDisk(RealDisk(), failing: call)
            do {
                _ = try ModelShelf(folder: folder, disk: disk).keep(bytes, as: .weights)
            } catch {
                failures += 1
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".onnx") }
            for name in left {
                let found = try ModelShelf(folder: folder, disk: RealDisk()).read(
                    String(name.dropLast(5)), as: .weights)
                #expect(found == bytes)
            }
        }
        #expect(failures > 3)
    }

    @Test func thoseWhoKeepTheSameBytesAtOnceAllFindThemThere() async throws {
        let bench = try Bench()
        defer { bench.remove() }
        let shelf = bench.shelf
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for round in UInt8(0)..<8 {
            let names = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try shelf.keep([round] + bytes, as: .weights) } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(try names.map { try shelf.read($0, as: .weights).count } == [bytes.count + 1])
        }
    }
}
