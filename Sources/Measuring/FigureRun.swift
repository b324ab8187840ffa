import Foundation

/// One measured figure.
public struct Figure: Sendable, Hashable, Codable {
    /// What kind of quantity it is decides how much worse it may become.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Less is better.
        case time, memory
        /// More is better: per second, or how often as fast as a peer.
        case throughput
        /// A peer's: shown, never held against us.
        case peer

        /// How much worse, as a part of what was stored, is still the same.
        var tolerance: Double? {
            switch self {
            case .time: 0.20
            case .memory: 0.50
            case .throughput: 0.15
            case .peer: nil
            }
        }
    }

    public let name: String
    public let unit: String
    public let kind: Kind
    public let value: Double

    public init(name: String, unit: String, kind: Kind, value: Double) {
        self.name = name
        self.unit = unit
        self.kind = kind
        self.value = value
    }
}

/// The figures of one run on one machine, as `Tools/bench --save` keeps them.
public struct FigureRun: Sendable, Hashable, Codable {
    /// Processor, cores, memory, system.
    public var machine: String
    /// Of the product and of its peers, by name.
    public var versions: [String: String]
    public var figures: [Figure]

    public init(machine: String, versions: [String: String], figures: [Figure]) {
        self.machine = machine
        self.versions = versions
        self.figures = figures
    }

    /// Reads a run. Throws `storedRun`.
    public init(json: Data) throws(MeasuringError) {
        do {
            self = try JSONDecoder().decode(FigureRun.self, from: json)
        } catch {
            throw .storedRun
        }
    }

    /// A figure beside the one that was stored under its name.
    public struct Change: Sendable, Hashable {
        public let figure: Figure
        /// `nil`: it was not measured then.
        public let stored: Double?
        /// Worse by more than its kind allows.
        public let isWorse: Bool

        /// Part by which it became more; `nil` without a stored figure above zero.
        public var part: Double? {
            guard let stored, stored > 0 else { return nil }
            return figure.value / stored - 1
        }
    }

    /// Holds every figure against a stored run. One that was stored and is missing now is worse, too: it comes last,
    /// with a value that is not a number.
    public func changes(since stored: FigureRun) -> [Change] {
        let known = Dictionary(stored.figures.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let names = Set(figures.map(\.name))
        let measured = figures.map { figure in
            let before = known[figure.name]?.value
            return Change(figure: figure, stored: before, isWorse: Self.isWorse(figure, than: before))
        }
        let missing = stored.figures.filter { !names.contains($0.name) && $0.kind != .peer }.map { figure in
            Change(
                figure: Figure(name: figure.name, unit: figure.unit, kind: figure.kind, value: .nan),
                stored: figure.value, isWorse: true)
        }
        return measured + missing
    }

    private static func isWorse(_ figure: Figure, than stored: Double?) -> Bool {
        guard let stored, let tolerance = figure.kind.tolerance else { return false }
        // Not a number is never better.
        return figure.kind == .throughput
            ? !(figure.value >= stored * (1 - tolerance)) : !(figure.value <= stored * (1 + tolerance))
    }
}
