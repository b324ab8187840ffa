/// One comparison of reception: a load, the servers that bear it, and what is claimed about the ratios.
public struct ReceptionScenario: Sendable {
    /// Who sends.
    public enum Sender: Sendable, Hashable { case ours, storescu, echo }

    /// How often as fast as a peer the gateway must be, and wants to be.
    public struct Claim: Sendable {
        public enum Measure: Sendable, Hashable {
            case throughput
            /// The peer's own sync counted.
            case throughputSynced
            /// Our 99th percentile of the latency against the peer's median: how often it goes into it.
            case tailLatency
        }
        public let peer: PeerKind
        public var measure = Measure.throughput
        public let must: Double
        public var goal: Double?
    }

    public let title: String
    public var size = "10M"
    public var syntax = Syntax.explicit
    public var associations = 1
    public var count: Int
    public var sender = Sender.ours
    public var isSecure = false
    public var claims: [Claim] = []
    /// Images per second that must be reached without comparison.
    public var mustPerSecond: Double?

    /// The peers of its claims, each once.
    public var peers: [PeerKind] { PeerKind.allCases.filter { kind in claims.contains { $0.peer == kind } } }

    /// A load of somebody's own. Where the suite claims something about a peer under this very load, so does this.
    public static func custom(
        size: String, syntax: Syntax, associations: Int, count: Int, sender: Sender, isSecure: Bool, peers: [PeerKind]
    ) -> ReceptionScenario {
        let known = suite.first { other in
            other.associations == associations && other.size == size && other.syntax == syntax
                && other.isSecure == isSecure && other.sender == sender
        }
        return ReceptionScenario(
            title: known?.title ?? "\(size) as \(syntax.rawValue), \(associations) associations", size: size,
            syntax: syntax, associations: associations, count: count, sender: sender, isSecure: isSecure,
            claims: peers.flatMap { kind in
                let claims = (known?.claims ?? []).filter { $0.peer == kind }
                return claims.isEmpty ? [Claim(peer: kind, must: 0)] : claims
            })
    }

    /// What `cxrgate bench receive --suite` measures.
    public static let suite: [ReceptionScenario] = [
        ReceptionScenario(
            title: "10 MB, 1 association", count: 60,
            claims: [
                Claim(peer: .storescp, must: 5, goal: 10), Claim(peer: .orthanc, must: 6, goal: 15),
                Claim(peer: .orthancTuned, must: 3, goal: 5), Claim(peer: .storescpTuned, must: 0.6, goal: 1),
                Claim(peer: .storescpTuned, measure: .throughputSynced, must: 1.3),
                Claim(peer: .storescp, measure: .tailLatency, must: 1),
            ]),
        ReceptionScenario(
            title: "10 MB, 4 associations", associations: 4, count: 120,
            claims: [
                Claim(peer: .storescpFork, must: 2.5, goal: 3), Claim(peer: .orthanc, must: 3, goal: 5),
                Claim(peer: .orthancTuned, must: 3, goal: 5), Claim(peer: .storescpTuned, must: 0.6, goal: 1),
                Claim(peer: .storescpTuned, measure: .throughputSynced, must: 1.3),
            ]),
        ReceptionScenario(
            title: "10 MB, stock storescu, 1 process", count: 30, sender: .storescu,
            claims: [Claim(peer: .storescp, must: 3)]),
        ReceptionScenario(
            title: "10 MB, stock storescu, 4 processes", associations: 4, count: 60, sender: .storescu,
            claims: [Claim(peer: .storescpFork, must: 2)]),
        ReceptionScenario(
            title: "10 MB, mutual TLS 1.3, 1 association", count: 30, isSecure: true,
            claims: [Claim(peer: .storescp, must: 3)]),
        ReceptionScenario(
            title: "10 MB as JPEG lossless, 1 association", syntax: .jpegLossless, count: 60,
            claims: [Claim(peer: .storescp, must: 4)]),
        ReceptionScenario(
            title: "0.5 MB, 1 association", size: "0.5M", count: 200, claims: [Claim(peer: .storescp, must: 1)],
            mustPerSecond: 100),
        ReceptionScenario(
            title: "association, C-ECHO, release", count: 60, sender: .echo,
            claims: [Claim(peer: .storescp, must: 20)]),
    ]
}

/// How the images of a load are encoded.
public enum Syntax: String, Sendable, Hashable, CaseIterable {
    case explicit, implicit
    case jpegLossless = "jpeg-lossless"
    case jpegLS = "jpeg-ls"
    case rle
}
