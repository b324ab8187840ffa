/// Builds, from a log of operations, the directory that a machine would find after it lost power.
public enum DiskReplay {
    /// What survives of that which no sync had made durable.
    public enum Policy: Sendable, Hashable {
        /// Nothing: bytes up to the last `syncData`, names up to the last `syncDirectory` of their directory.
        case dropUnsynced
        /// Everything: the process was killed, the machine went on.
        case keepAll
        /// Some, by a seed: of each unsynced write some 512-byte sectors, the others zero; of the unsynced names of
        /// each directory the first few.
        case keepSome(seed: UInt64)
    }

    /// Writes what is left after the first `count` operations into `directory`, which must exist and be empty.
    public static func materialize(
        _ log: [DiskOperation], upTo count: Int, into directory: String, policy: Policy = .dropUnsynced
    ) throws(DiskError) {
        var model = DiskModel()
        for operation in log.prefix(count) { model.apply(operation) }
        let survivors = model.survivors(policy)
        let disk = RealDisk()
        for path in survivors.directories.sorted() where path != "" {
            try disk.makeDirectory("\(directory)/\(path)")
        }
        for (path, content) in survivors.files {
            let handle = try disk.createFile("\(directory)/\(path)")
            try disk.write(content, to: handle)
            try disk.close(handle)
        }
    }
}

/// A file system that knows what it has promised. Names and contents are separate, as on disk.
private struct DiskModel {
    enum Node: Hashable {
        case file(Int)
        case directory
    }

    struct Content {
        var durable: [UInt8] = []
        var current: [UInt8] = []
    }

    /// A name that came or went.
    struct Change {
        let directory: String
        let path: String
        let node: Node?
    }

    private var contents: [Int: Content] = [:]
    private var opened: [Int: Int] = [:]
    private var durable: [String: Node] = [:]
    private var current: [String: Node] = [:]
    // What `current` is ahead of `durable`; one operation may change several names, and they go together.
    private var pending: [[Change]] = []

    mutating func apply(_ operation: DiskOperation) {
        switch operation {
        case .createFile(let path, let file):
            let inode = contents.count
            contents[inode] = Content()
            opened[file] = inode
            change([(path, .file(inode))])
        case .openFile(let path, let file):
            if case .file(let inode) = current[path] { opened[file] = inode }
        case .write(let file, let bytes):
            edit(file) { $0.current += bytes }
        case .truncate(let file, let length):
            edit(file) { content in
                content.current = Array(content.current.prefix(length))
                content.current += [UInt8](repeating: 0, count: length - content.current.count)
            }
        case .syncData(let file):
            edit(file) { $0.durable = $0.current }
        case .rename(let path, let newPath):
            change([(path, nil), (newPath, current[path])])
        case .unlink(let path):
            change([(path, nil)])
        case .makeDirectory(let path):
            if current[path] == nil { change([(path, .directory)]) }
        case .syncDirectory(let path):
            // A journalling file system commits a rename as one: with the one directory, the other.
            for group in pending where group.contains(where: { $0.directory == path }) {
                for change in group { durable[change.path] = change.node }
            }
            pending.removeAll { group in group.contains { $0.directory == path } }
        }
    }

    func survivors(_ policy: DiskReplay.Policy) -> (directories: [String], files: [String: [UInt8]]) {
        var random = SplitMix(state: 0)
        var names = durable
        switch policy {
        case .dropUnsynced: break
        case .keepAll: names = current
        case .keepSome(let seed):
            random.state = seed
            for group in pending.prefix(Int(random.next() % UInt64(pending.count + 1))) {
                for change in group { names[change.path] = change.node }
            }
        }
        var directories: [String] = []
        var files: [String: [UInt8]] = [:]
        for (path, node) in names.sorted(by: { $0.key < $1.key }) where isReachable(path, names) {
            switch node {
            case .directory: directories.append(path)
            case .file(let inode):
                guard let content = contents[inode] else { continue }
                switch policy {
                case .dropUnsynced: files[path] = content.durable
                case .keepAll: files[path] = content.current
                case .keepSome: files[path] = DiskModel.torn(content, &random)
                }
            }
        }
        return (directories, files)
    }

    private mutating func edit(_ file: Int, _ body: (inout Content) -> Void) {
        guard let inode = opened[file], var content = contents.removeValue(forKey: inode) else { return }
        body(&content)
        contents[inode] = content
    }

    private mutating func change(_ changes: [(String, Node?)]) {
        for (path, node) in changes { current[path] = node }
        pending.append(changes.map { Change(directory: DiskModel.parent($0.0), path: $0.0, node: $0.1) })
    }

    /// Whether every directory above the path has survived too.
    private func isReachable(_ path: String, _ names: [String: Node]) -> Bool {
        var parent = DiskModel.parent(path)
        while parent != "" {
            guard names[parent] == .directory else { return false }
            parent = DiskModel.parent(parent)
        }
        return true
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// The durable bytes, and of what was written or cut since, some sectors and not others.
    private static func torn(_ content: Content, _ random: inout SplitMix) -> [UInt8] {
        if content.current == content.durable { return content.durable }
        let shorter = min(content.current.count, content.durable.count)
        let longer = max(content.current.count, content.durable.count)
        let length = shorter + Int(random.next() % UInt64(longer - shorter + 1))
        var bytes = content.durable + [UInt8](repeating: 0, count: max(0, length - content.durable.count))
        bytes = Array(bytes.prefix(length))
        for start in stride(from: 0, to: length, by: 512) where random.next() & 1 == 0 {
            for index in start..<min(start + 512, length, content.current.count) {
                bytes[index] = content.current[index]
            }
        }
        return bytes
    }
}

/// A small seeded generator, for choosing what a crash leaves. Not for secrets.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
