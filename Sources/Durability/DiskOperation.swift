/// One thing that was done to a disk, as `RecordingDisk` writes it down. Paths are relative to the recorder's root;
/// files are numbered by their opening.
public enum DiskOperation: Sendable, Hashable {
    case createFile(path: String, file: Int)
    case openFile(path: String, file: Int)
    case write(file: Int, bytes: [UInt8])
    case truncate(file: Int, length: Int)
    case syncData(file: Int)
    case rename(path: String, newPath: String)
    case unlink(path: String)
    case makeDirectory(path: String)
    case syncDirectory(path: String)

    /// A kind, then numbers (8 bytes, least significant first) and length-prefixed byte strings.
    public var encoded: [UInt8] {
        switch self {
        case .createFile(let path, let file): [1] + Self.number(file) + Self.string(path.utf8)
        case .openFile(let path, let file): [2] + Self.number(file) + Self.string(path.utf8)
        case .write(let file, let bytes): [3] + Self.number(file) + Self.string(bytes)
        case .truncate(let file, let length): [4] + Self.number(file) + Self.number(length)
        case .syncData(let file): [5] + Self.number(file)
        case .rename(let path, let newPath): [6] + Self.string(path.utf8) + Self.string(newPath.utf8)
        case .unlink(let path): [7] + Self.string(path.utf8)
        case .makeDirectory(let path): [8] + Self.string(path.utf8)
        case .syncDirectory(let path): [9] + Self.string(path.utf8)
        }
    }

    /// Reads a log file. What was cut off at its end (the recorder was killed while it wrote) is left out.
    public static func decode(_ log: [UInt8]) -> [DiskOperation] {
        var operations: [DiskOperation] = []
        var rest = log[...]
        while let operation = next(&rest) { operations.append(operation) }
        return operations
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> DiskOperation? {
        switch rest.popFirst() {
        case 1: file(&rest).flatMap { file in path(&rest).map { .createFile(path: $0, file: file) } }
        case 2: file(&rest).flatMap { file in path(&rest).map { .openFile(path: $0, file: file) } }
        case 3: file(&rest).flatMap { file in bytes(&rest).map { .write(file: file, bytes: Array($0)) } }
        case 4: file(&rest).flatMap { file in self.file(&rest).map { .truncate(file: file, length: $0) } }
        case 5: file(&rest).map { .syncData(file: $0) }
        case 6: path(&rest).flatMap { path in self.path(&rest).map { .rename(path: path, newPath: $0) } }
        case 7: path(&rest).map { .unlink(path: $0) }
        case 8: path(&rest).map { .makeDirectory(path: $0) }
        case 9: path(&rest).map { .syncDirectory(path: $0) }
        default: nil
        }
    }

    private static func number(_ value: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: UInt64(bitPattern: Int64(value)) >> (8 * $0)) }
    }

    private static func string(_ bytes: some Collection<UInt8>) -> [UInt8] { number(bytes.count) + bytes }

    private static func file(_ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= 8 else { return nil }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func bytes(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard let count = file(&rest), count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func path(_ rest: inout ArraySlice<UInt8>) -> String? {
        bytes(&rest).map { String(decoding: $0, as: UTF8.self) }
    }
}
