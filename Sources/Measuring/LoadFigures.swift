/// What came of one load on one server.
public struct LoadFigures: Sendable, Hashable {
    /// From the moment at which all associations stood to the last answer.
    public var seconds: Double
    /// Images stored, or associations that said C-ECHO.
    public var count: Int
    /// Of the data sets.
    public var bytes: Int
    /// From the first byte of a C-STORE (or of an association) to its answer, in seconds, ascending.
    public var latencies: [Double]
    /// What was not answered with Success, by reason.
    public var failures: [String: Int]
    /// What the server's processes used meanwhile; `nil` for a server of somebody else.
    public var processorSeconds: Double?
    /// The most memory that its processes had at a time, in bytes, shared libraries counted for each.
    public var peakBytes: Int?
    /// What it took to sync what the server had written, after the run; `nil` where it syncs before it answers.
    public var syncSeconds: Double?

    public init(seconds: Double, count: Int, bytes: Int, latencies: [Double], failures: [String: Int]) {
        self.seconds = seconds
        self.count = count
        self.bytes = bytes
        self.latencies = latencies.sorted()
        self.failures = failures
    }

    public var perSecond: Double { Double(count) / max(seconds, 1e-9) }
    public var megabytesPerSecond: Double { Double(bytes) / max(seconds, 1e-9) / 1e6 }
    /// Once what it wrote is as durable as what we write.
    public var perSecondSynced: Double { Double(count) / max(seconds + (syncSeconds ?? 0), 1e-9) }

    /// The latency that this part (0…1) of all did not exceed, in seconds: nearest rank.
    public func latency(_ part: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let rank = Int((part * Double(latencies.count)).rounded(.up))
        return latencies[min(max(rank, 1), latencies.count) - 1]
    }
}

/// The middle one; of an even number the mean of the two in the middle; 0 of none.
public func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
