import Radiography

/// What a picture looks like, as numbers.
public struct PictureSurvey: Sendable, Hashable {
    public let rows: Int
    public let columns: Int
    public let facts: PictureFacts
    /// SHA-256 of extent and decoded pixels.
    public let sha256: [UInt8]

    public init(_ picture: Picture) throws(TrainingError) {
        rows = picture.rows
        columns = picture.columns
        facts = picture.facts
        sha256 = try picture.fingerprint()
    }
}

/// What is in a data folder: how many of what, how large, how gray, and what is there twice. Fed picture by picture, in
/// memory that does not grow with pixels.
public struct DataSurvey: Sendable {
    /// Sizes and gray levels of some pictures.
    public struct Part: Sendable {
        public fileprivate(set) var pictures = 0
        public fileprivate(set) var patients: Set<String> = []
        fileprivate var rows: [Int] = []
        fileprivate var columns: [Int] = []
        fileprivate var sums = (mean: 0.0, deviation: 0.0, low: 0.0, high: 0.0, black: 0.0, white: 0.0)

        /// Name and value, for tables and machines; `nil` where there is no picture.
        public var figures: [(name: String, value: Double?)] {
            func middle(_ values: [Int]) -> Double? {
                let sorted = values.sorted()
                return sorted.isEmpty ? nil : Double(sorted[(sorted.count - 1) / 2])
            }
            func average(_ sum: Double) -> Double? { pictures > 0 ? sum / Double(pictures) : nil }
            return [
                ("pictures", Double(pictures)), ("patients", Double(patients.count)),
                ("rows_least", rows.min().map { Double($0) }), ("rows_median", middle(rows)),
                ("rows_greatest", rows.max().map { Double($0) }), ("columns_least", columns.min().map { Double($0) }),
                ("columns_median", middle(columns)), ("columns_greatest", columns.max().map { Double($0) }),
                ("gray_mean", average(sums.mean)), ("gray_deviation", average(sums.deviation)),
                ("gray_low", average(sums.low)), ("gray_high", average(sums.high)),
                ("black_part", average(sums.black)), ("white_part", average(sums.white)),
            ]
        }
    }

    public private(set) var all = Part()
    public private(set) var byClass: [String: Part] = [:]
    public private(set) var bySplit: [String: Int] = [:]
    /// Pictures of whose patient nothing is known.
    public private(set) var withoutPatient = 0
    /// Items that could not be decoded, by their place in the folder's order, counted from 1.
    public private(set) var unreadable: [Int] = []
    private var seen: [[UInt8]: [(split: String, label: String, group: String?)]] = [:]

    public init() {}

    public mutating func add(_ item: DataItem, _ picture: PictureSurvey) {
        let add = { (part: inout Part) in
            part.pictures += 1
            if let group = item.group { part.patients.insert(group) }
            part.rows.append(picture.rows)
            part.columns.append(picture.columns)
            part.sums.mean += Double(picture.facts.mean)
            part.sums.deviation += Double(picture.facts.standardDeviation)
            part.sums.low += Double(picture.facts.lowPercentile)
            part.sums.high += Double(picture.facts.highPercentile)
            part.sums.black += Double(picture.facts.blackFraction)
            part.sums.white += Double(picture.facts.whiteFraction)
        }
        add(&all)
        add(&byClass[item.label, default: Part()])
        bySplit[item.split, default: 0] += 1
        if item.group == nil { withoutPatient += 1 }
        seen[picture.sha256, default: []].append((item.split, item.label, item.group))
    }

    public mutating func addUnreadable(place: Int) { unreadable.append(place) }

    /// Pictures that are there more than once: how many sets, and how many of those stand in two splits, under two labels
    /// or under two patients.
    public var duplicates: (sets: Int, acrossSplits: Int, acrossLabels: Int, acrossPatients: Int) {
        let sets = seen.values.filter { $0.count > 1 }
        return (
            sets.count, sets.count { Set($0.map(\.split)).count > 1 }, sets.count { Set($0.map(\.label)).count > 1 },
            sets.count { Set($0.map(\.group)).count > 1 }
        )
    }

    /// One line for each class and one for all; columns are the figures.
    public var csv: String {
        let names = all.figures.map(\.name)
        var text = (["class"] + names).joined(separator: ",") + "\n"
        let parts = byClass.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("(all)", all)]
        for (name, part) in parts {
            text +=
                ([CSVTable.quoted(name)] + part.figures.map { $0.value.map { "\($0)" } ?? "" }).joined(separator: ",")
                + "\n"
        }
        return text
    }
}
