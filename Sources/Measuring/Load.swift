import DICOMCore
import DICOMToolkit
import Foundation
import Synchronization

/// What a server is asked to bear: images over some associations at once, or associations that say C-ECHO and go.
public struct Load: Sendable {
    public enum Kind: Sendable {
        /// Each association sends its share, one after another, as a modality does.
        case store(TestImage)
        /// Each image over the same number of stock `storescu` processes.
        case storescu(TestImage, folder: String)
        /// Association, C-ECHO, release; again and again.
        case echo
    }

    public let kind: Kind
    public let associations: Int
    /// Images or associations in all.
    public let count: Int
    /// Numbers of images begin here: no two runs send the same image.
    public let firstNumber: Int

    public init(_ kind: Kind, associations: Int, count: Int, firstNumber: Int) {
        self.kind = kind
        self.associations = associations
        self.count = max(count, associations)
        self.firstNumber = firstNumber
    }

    /// Puts the load on a peer, and returns when the last answer is in.
    public func run(on peer: Peer) throws -> LoadFigures {
        switch kind {
        case .store(let image): store(image, on: peer)
        case .storescu(let image, let folder): try StorescuLoad(self, image, folder).run(on: peer)
        case .echo: echo(on: peer)
        }
    }

    /// How many of them an association has to do.
    func share(of association: Int) -> Int {
        count / associations + (association < count % associations ? 1 : 0)
    }

    /// The number of its first.
    func first(of association: Int) -> Int {
        firstNumber + (0..<association).reduce(0) { $0 + share(of: $1) }
    }

    private func store(_ image: TestImage, on peer: Peer) -> LoadFigures {
        let tally = Tally()
        let gate = StartingGate(associations)
        Workers.run(associations) { number in
            var image = image
            image.renew(number: first(of: number))  // a copy of its own, before the clock starts
            let context = ProposedContext(image.object.sopClassUID, image.object.transferSyntax)
            do throws(ToolkitError) {
                let association = try RequestedAssociation(to: peer, contexts: [context])
                gate.wait()
                for index in 0..<share(of: number) {
                    image.renew(number: first(of: number) + index)
                    let started = ContinuousClock.now
                    let outcome = association.send(image.object)
                    tally.add(outcome.trouble, started.secondsSince, bytes: image.object.bytes.count)
                    if case .notSent = outcome { return }
                }
            } catch {
                tally.add("\(error)", 0, bytes: 0)
                gate.wait()
            }
        }
        return tally.figures(seconds: gate.secondsSinceOpening(until: tally.lastAnswer))
    }

    private func echo(on peer: Peer) -> LoadFigures {
        let tally = Tally()
        let gate = StartingGate(associations)
        Workers.run(associations) { number in
            gate.wait()
            for _ in 0..<share(of: number) {
                let started = ContinuousClock.now
                do throws(ToolkitError) {
                    try StorageRequestor.echo(peer)
                    tally.add(nil, started.secondsSince, bytes: 0)
                } catch {
                    tally.add("\(error)", 0, bytes: 0)
                }
            }
        }
        return tally.figures(seconds: gate.secondsSinceOpening(until: tally.lastAnswer))
    }
}

extension SendOutcome {
    /// `nil` for Success.
    var trouble: String? {
        switch self {
        case .answered(let status, _): status.isSuccess ? nil : "status \(String(status.code, radix: 16))"
        case .notAccepted(let refusal): "presentation context refused (\(refusal))"
        case .notSent(let error): "\(error)"
        }
    }
}

extension ContinuousClock.Instant {
    var secondsSince: Double { (ContinuousClock.now - self) / .seconds(1) }
}

/// Answers of all associations of a load.
final class Tally: Sendable {
    private struct Content {
        var latencies: [Double] = []
        var bytes = 0
        var failures: [String: Int] = [:]
        var last = ContinuousClock.now
    }
    private let content = Mutex(Content())

    func add(_ trouble: String?, _ seconds: Double, bytes: Int) {
        let now = ContinuousClock.now
        content.withLock { content in
            content.last = now
            if let trouble {
                content.failures[trouble, default: 0] += 1
            } else {
                content.latencies.append(seconds)
                content.bytes += bytes
            }
        }
    }

    var lastAnswer: ContinuousClock.Instant { content.withLock { $0.last } }

    func figures(seconds: Double) -> LoadFigures {
        content.withLock { content in
            LoadFigures(
                seconds: seconds, count: content.latencies.count, bytes: content.bytes, latencies: content.latencies,
                failures: content.failures)
        }
    }
}
