import DICOMToolkit
import Durability
import Foundation
import Synchronization

/// Asks what answers under a configuration: our own port, and the destinations.
///
/// Called before and after a change: what answered before and does not after was broken by it.
struct ReachProbe: Sendable {
    let store: Store

    /// Seconds for each answer at most, whatever is configured: somebody waits for the change.
    private static let patienceSeconds = 10.0
    static let reception = "the port of reception"

    func answers(_ configuration: GatewayConfiguration) -> Set<String> {
        var found: Set<String> = []
        if listens(configuration) { found.insert(Self.reception) }
        let entries: [AEEntry]
        do {
            entries = try store.read { try $0.rows("SELECT * FROM ae") }.compactMap { AEEntry($0) }
        } catch {
            return found
        }
        let answering = Mutex<Set<String>>([])
        let destinations = entries.filter(\.isDestination)
        DispatchQueue.concurrentPerform(iterations: destinations.count) { index in
            let entry = destinations[index]
            if echo(entry, configuration) { answering.withLock { _ = $0.insert(entry.name) } }
        }
        return found.union(answering.withLock { $0 })
    }

    private func echo(_ entry: AEEntry, _ configuration: GatewayConfiguration) -> Bool {
        let settings = configuration.network
        do {
            let security = entry.options.tls ? try TLSKeeper(settings, side: .client).current().security : nil
            guard var peer = entry.peer(callingAETitle: configuration.aeTitle, security: security) else { return false }
            peer.connectTimeoutSeconds = min(settings.connectSeconds, Self.patienceSeconds)
            peer.dimseTimeoutSeconds = min(settings.answerSeconds, Self.patienceSeconds)
            try StorageRequestor.echo(peer)
            return true
        } catch {
            return false
        }
    }

    /// A connection only: an association of ours would be a refusal in the journal.
    private func listens(_ configuration: GatewayConfiguration) -> Bool {
        // Any free port: there is no number to call.
        guard configuration.port != 0 else { return true }
        let isAny = ["0.0.0.0", "::"].contains(configuration.bindAddress)
        let host = isAny ? (configuration.bindAddress == "::" ? "::1" : "127.0.0.1") : configuration.bindAddress
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, "\(configuration.port)", &hints, &found) == 0, let place = unsafe found else {
            return false
        }
        defer { unsafe freeaddrinfo(place) }
        let descriptor = unsafe socket(place.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return unsafe connect(descriptor, place.pointee.ai_addr, place.pointee.ai_addrlen) == 0
    }
}
