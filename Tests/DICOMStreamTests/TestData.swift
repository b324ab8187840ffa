import DICOMCore
import Foundation
import Testing

/// The standard's tags, not those of the testing library.
typealias Tag = DICOMCore.Tag

/// Real and malformed files, from the folder that `CXR_TEST_DATA` names. Set but unusable is a failure.
enum TestData {
    struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    static let folder = ProcessInfo.processInfo.environment["CXR_TEST_DATA"]
    static let isSet = folder != nil
    static let skipLine: Comment = "skipped: CXR_TEST_DATA is not set, so no real data was read"

    static func bytes(_ path: String) throws -> [UInt8] {
        let url = URL(fileURLWithPath: folder ?? "").appendingPathComponent(path)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw Unusable(description: "CXR_TEST_DATA has no readable \(path)")
        }
        return [UInt8](data)
    }

    /// Paths of all regular files below a folder, sorted.
    static func files(below path: String, atLeast count: Int) throws -> [String] {
        let root = URL(fileURLWithPath: folder ?? "").appendingPathComponent(path)
        let names = (FileManager.default.enumerator(atPath: root.path)?.allObjects as? [String] ?? []).sorted()
        let files = names.filter { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: root.appendingPathComponent(name).path)
            let isRegular = attributes?[.type] as? FileAttributeType == .typeRegular
            return isRegular && !["README.md", "MANIFEST.tsv"].contains(name)
        }
        guard files.count >= count else {
            throw Unusable(description: "CXR_TEST_DATA has only \(files.count) files below \(path)")
        }
        return files.map { "\(path)/\($0)" }
    }
}

/// A small generator with a seed, so that a failing case can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value &>> 31)
    }
}
