import DICOMToolkit
import Foundation

/// Measures the reception of images, alternately on every server of a scenario.
public struct ReceptionBench {
    /// What one server did in all rounds.
    public struct Row: Sendable {
        public let server: String
        public let rounds: [LoadFigures]

        public var perSecond: Double { median(rounds.map(\.perSecond)) }
        public var perSecondSynced: Double { median(rounds.map(\.perSecondSynced)) }
        public var megabytesPerSecond: Double { median(rounds.map(\.megabytesPerSecond)) }
        /// Of all rounds together, in milliseconds.
        public func latency(_ part: Double) -> Double {
            var all = rounds.first
            all?.latencies = rounds.flatMap(\.latencies).sorted()
            return (all?.latency(part) ?? 0) * 1e3
        }
        /// Processor milliseconds for each image or association; `nil` for a server of somebody else.
        public var processorMilliseconds: Double? {
            let used = rounds.compactMap { figures in
                figures.processorSeconds.map { $0 / Double(max(figures.count, 1)) * 1e3 }
            }
            return used.isEmpty ? nil : median(used)
        }
        public var peakBytes: Int? { rounds.compactMap(\.peakBytes).max() }
    }

    /// A claim, and what was measured.
    public struct Verdict: Sendable {
        public let claim: ReceptionScenario.Claim
        public let ratio: Double
        public var isMet: Bool { ratio >= claim.must }
        public var reachesGoal: Bool { ratio >= claim.goal ?? claim.must }
    }

    public struct Result: Sendable {
        public let scenario: ReceptionScenario
        /// The gateway, or the server that was named, first.
        public let rows: [Row]
        public let verdicts: [Verdict]
        public var isMet: Bool {
            let isFast = scenario.mustPerSecond.map { (rows.first?.perSecond ?? 0) >= $0 } ?? true
            return isFast && verdicts.allSatisfy(\.isMet)
        }
    }

    private let executable: String
    private let folder: String
    private let rounds: Int
    private let run: UInt64

    /// - Parameters:
    ///   - folder: a new folder on the disk to be measured; the caller removes it.
    ///   - run: distinguishes the UIDs of this run.
    public init(executable: String, folder: String, rounds: Int, run: UInt64) {
        self.executable = executable
        self.folder = folder
        self.rounds = rounds
        self.run = run
    }

    /// Runs a scenario. `server` is one of somebody else to be measured in place of a gateway of its own.
    public func measure(
        _ scenario: ReceptionScenario, server: Peer? = nil, file: [UInt8]? = nil, analyses: Bool = false,
        progress: (String) -> Void = { _ in }
    ) throws -> Result {
        let kind = try kind(of: scenario, file: file)
        let security = scenario.isSecure ? try BenchCertificates(in: folder) : nil
        var bearers: [(name: String, bear: (Load) throws -> LoadFigures)] = []
        if let server {
            bearers.append(("\(server.host):\(server.port)", { load in try Self.bear(load, on: server) }))
        } else {
            let gateway = try MeasuredServer.startGateway(
                executable: executable, in: folder, security: security, analyses: analyses)
            bearers.append((gateway.name, { load in try gateway.bear(load) }))
        }
        for peer in scenario.peers {
            let started = try MeasuredServer.start(peer, in: folder, security: security)
            bearers.append((started.name, { load in try started.bear(load) }))
        }
        var figures = [[LoadFigures]](repeating: [], count: bearers.count)
        // The first round warms caches and is not counted.
        for round in 0...rounds {
            for (index, bearer) in bearers.enumerated() {
                progress("\(scenario.title): round \(round) of \(rounds), \(bearer.name)")
                let load = Load(
                    kind, associations: scenario.associations, count: scenario.count,
                    firstNumber: round * scenario.count)
                let result = try bearer.bear(load)
                if round > 0 { figures[index].append(result) }
            }
        }
        let rows = zip(bearers, figures).map { Row(server: $0.name, rounds: $1) }
        return Result(scenario: scenario, rows: rows, verdicts: Self.judge(scenario.claims, rows))
    }

    /// Holds measured rows against claims; the first row is ours. Ratios are medians over the rounds of neighbours.
    static func judge(_ claims: [ReceptionScenario.Claim], _ rows: [Row]) -> [Verdict] {
        claims.compactMap { claim in
            guard let ours = rows.first, let peer = rows.dropFirst().first(where: { $0.server == claim.peer.rawValue })
            else { return nil }
            let pairs = zip(ours.rounds, peer.rounds)
            let ratio =
                switch claim.measure {
                case .throughput: median(pairs.map { $0.perSecond / max($1.perSecond, 1e-9) })
                case .throughputSynced: median(pairs.map { $0.perSecond / max($1.perSecondSynced, 1e-9) })
                case .tailLatency: peer.latency(0.5) / max(ours.latency(0.99), 1e-9)
                }
            return Verdict(claim: claim, ratio: ratio)
        }
    }

    private func kind(of scenario: ReceptionScenario, file: [UInt8]?) throws -> Load.Kind {
        if scenario.sender == .echo { return .echo }
        let image =
            try file.map { try TestImage(file: $0, run: run) }
            ?? TestImage(size: scenario.size, syntax: scenario.syntax, run: run, folder: folder)
        return scenario.sender == .storescu
            ? .storescu(image, folder: try Place.folder(in: folder, "outgoing")) : .store(image)
    }

    private static func bear(_ load: Load, on peer: Peer) throws -> LoadFigures {
        let figures = try load.run(on: peer)
        guard figures.failures.isEmpty else {
            throw MeasuringError.refused(server: "the server", reasons: figures.failures)
        }
        return figures
    }
}
