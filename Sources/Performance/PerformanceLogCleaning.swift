import Durability

/// What lies in the performance log, and what of it is beyond its limits. Safe while another process appends: the newest
/// file of a model is never touched, and numbers are never used twice.
public struct PerformanceLogCleaning: Sendable {
    let folder: String
    let limits: PerformanceLogLimits
    let disk: any Disk

    public init(folder: String, limits: PerformanceLogLimits, disk: any Disk) {
        self.folder = folder
        self.limits = limits
        self.disk = disk
    }

    /// One file and what can be said of it without reading it whole. Times in milliseconds since 1970-01-01 UTC.
    public struct Entry: Sendable, Hashable {
        public let file: PerformanceLogFile
        public let bytes: Int
        public let firstAt: Int64?
        public let lastAt: Int64?
    }

    private static let dayMilliseconds = 86_400_000.0

    /// Every file, by model, oldest first.
    public func entries() throws(DiskError) -> [Entry] {
        var entries: [Entry] = []
        for file in try PerformanceLogFile.list(folder, disk: disk) { entries.append(try entry(file)) }
        return entries
    }

    /// The files that are beyond the limits at a time, the oldest first.
    public func excess(at now: Int64) throws(DiskError) -> [Entry] {
        var excess: [Entry] = []
        for stem in Set(try PerformanceLogFile.list(folder, disk: disk).map(\.stem)).sorted() {
            excess += try self.excess(stem: stem, at: now)
        }
        return excess
    }

    /// Removes what is beyond the limits; returns it.
    @discardableResult
    public func clean(at now: Int64) throws(DiskError) -> [Entry] {
        let excess = try excess(at: now)
        for entry in excess { try disk.unlink("\(folder)/\(entry.file.name)") }
        return excess
    }

    func clean(stem: String, at now: Int64) throws(DiskError) {
        for entry in try excess(stem: stem, at: now) { try disk.unlink("\(folder)/\(entry.file.name)") }
    }

    private func excess(stem: String, at now: Int64) throws(DiskError) -> [Entry] {
        let files = try PerformanceLogFile.list(folder, disk: disk).filter { $0.stem == stem }
        let before = now - Int64(limits.days * Self.dayMilliseconds)
        var excess: [Entry] = []
        for (index, file) in files.dropLast().enumerated() {
            let entry = try entry(file)
            let isTooMany = files.count - index > limits.files
            if isTooMany || entry.lastAt.map({ $0 < before }) ?? (entry.bytes == 0) { excess.append(entry) }
        }
        return excess
    }

    private func entry(_ file: PerformanceLogFile) throws(DiskError) -> Entry {
        Entry(
            file: file, bytes: try disk.size("\(folder)/\(file.name)"),
            firstAt: PerformanceLine(try file.head(in: folder, disk: disk))?.at,
            lastAt: PerformanceLine(try file.tail(in: folder, disk: disk).line)?.at)
    }
}
