/// Losses over the epochs of a training, for a report.
public struct TrainingHistory: Sendable, Hashable {
    /// One line of the plot.
    public struct Line: Sendable, Hashable {
        public let name: String
        public let values: [Double]
    }

    public let lines: [Line]

    /// Reads a table with a heading; its columns with `loss` in their name are the lines. `nil` if there is none, or a
    /// value is no number.
    public init?(csv: String) {
        let rows = csv.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
        }
        guard let heading = rows.first, rows.count > 2, rows.allSatisfy({ $0.count == heading.count }) else {
            return nil
        }
        var lines: [Line] = []
        for (column, name) in heading.enumerated() where name.contains("loss") {
            let values = rows.dropFirst().compactMap { Double($0[column]) }.filter(\.isFinite)
            guard values.count == rows.count - 1 else { return nil }
            lines.append(Line(name: name.replacing("_", with: " "), values: values))
        }
        guard !lines.isEmpty else { return nil }
        self.lines = lines
    }
}
