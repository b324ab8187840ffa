import Durability
import Foundation

/// One file of the performance log: `ID-VERSION.NUMBER.jsonl`. Numbers rise and are never used twice, so that nothing is
/// renamed when a new file is begun, and the order of files is that of their numbers, not of their names.
public struct PerformanceLogFile: Sendable, Hashable, Comparable {
    /// Id and version of the model, as far as they can stand in a file name.
    public let stem: String
    public let number: Int

    static let suffix = ".jsonl"

    public init(stem: String, number: Int) {
        self.stem = stem
        self.number = number
    }

    /// `nil` for the name of anything else.
    public init?(name: String) {
        guard name.hasSuffix(Self.suffix) else { return nil }
        let parts = name.dropLast(Self.suffix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let digits = parts.last, let number = Int(digits), number > 0 else { return nil }
        stem = parts.dropLast().joined(separator: ".")
        self.number = number
        guard name == self.name else { return nil }
    }

    public var name: String {
        let digits = "\(number)"
        return "\(stem).\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)\(Self.suffix)"
    }

    public static func < (a: Self, b: Self) -> Bool { (a.stem, a.number) < (b.stem, b.number) }

    /// What a model is called in file names: no separator, no dot at the start, nothing that a path could follow.
    public static func stem(of model: String) -> String {
        let plain = model.unicodeScalars.map { scalar -> Character in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == ".")
            return isPlain ? Character(scalar) : "-"
        }
        let name = String(plain.drop { $0 == "." || $0 == "-" }.prefix(100))
        return name.isEmpty ? "model" : name
    }

    /// Every file of the folder, by model and number.
    static func list(_ folder: String, disk: any Disk) throws(DiskError) -> [PerformanceLogFile] {
        try disk.list(folder).compactMap { PerformanceLogFile(name: $0) }.sorted()
    }

    /// The bytes behind the last line end, which a crash may have left; and the last whole line.
    func tail(in folder: String, disk: any Disk) throws(DiskError) -> (line: [UInt8]?, torn: Int) {
        let path = "\(folder)/\(name)"
        let size = try disk.size(path)
        // Two records fit many times over.
        let start = max(0, size - Self.longestLine * 2)
        let bytes = try disk.read(path, from: start, count: size - start)
        guard let end = bytes.lastIndex(of: 0x0A) else { return (nil, bytes.count) }
        let before = bytes[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (Array(bytes[before..<end]), bytes.count - end - 1)
    }

    /// The first record.
    func head(in folder: String, disk: any Disk) throws(DiskError) -> [UInt8]? {
        let path = "\(folder)/\(name)"
        let bytes = try disk.read(path, from: 0, count: min(try disk.size(path), Self.longestLine))
        return bytes.firstIndex(of: 0x0A).map { Array(bytes[..<$0]) }
    }

    /// Bytes of a record; what our own records come to is a tenth of it.
    static let longestLine = 8192
}

/// The two members of a record that the log itself looks at.
struct PerformanceLine: Decodable {
    let n: Int64
    let at: Int64

    init?(_ line: [UInt8]?) {
        guard let line, let read = try? JSONDecoder().decode(PerformanceLine.self, from: Data(line)) else { return nil }
        self = read
    }
}
