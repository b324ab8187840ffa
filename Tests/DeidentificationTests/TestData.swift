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

    /// The rows of a tab-separated table, by column name.
    static func table(_ path: String) throws -> [[String: String]] {
        let lines = String(decoding: try bytes(path), as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let head = lines.first else { throw Unusable(description: "\(path) is empty") }
        let names = head.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        return lines.dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(uniqueKeysWithValues: zip(names, fields))
        }
    }
}
