import Foundation
import Synchronization

/// The configuration that holds at this moment in a process: whoever asks again hears of a change.
final class LiveConfiguration: Sendable {
    /// Takes up a new configuration, or throws, and then nothing has changed.
    typealias Follower = @Sendable (GatewayConfiguration) throws -> Void

    private let state: Mutex<GatewayConfiguration>
    private let follower = Mutex<Follower?>(nil)

    init(_ configuration: GatewayConfiguration) { state = Mutex(configuration) }

    var current: GatewayConfiguration { state.withLock { $0 } }

    /// For what must be done, not only asked again: opening another port. One at most.
    func follow(_ body: @escaping Follower) { follower.withLock { $0 = body } }

    func change(to new: GatewayConfiguration) throws {
        try follower.withLock { $0 }?(new)
        state.withLock { $0 = new }
    }
}
