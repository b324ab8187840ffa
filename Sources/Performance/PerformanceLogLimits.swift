/// How much of the performance log is kept, for each version of a model.
public struct PerformanceLogLimits: Sendable, Codable, Hashable {
    /// A new file is begun when the next record would make one longer than this, in bytes.
    public var fileBytes = 100 << 20
    /// Files, the one that is being written among them; the oldest go.
    public var files = 10
    /// Days after which a file goes whose last record is older.
    public var days = 30.0

    /// ``fileBytes`` in units of 1,048,576 bytes.
    public var fileMegabytes: Int {
        get { fileBytes >> 20 }
        set { fileBytes = newValue << 20 }
    }

    public init() {}

    public init(fileBytes: Int, files: Int, days: Double) {
        self.fileBytes = fileBytes
        self.files = files
        self.days = days
    }
}
