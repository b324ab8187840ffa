import Foundation
import Sealing

/// What the supervisor asks of a role, and waits for.
extension Supervisor {
    /// Seconds that a role gets to take new keys: reception waits for images that are arriving to end.
    private static let keyPatienceSeconds = 90.0
    /// Seconds that reception gets to answer for a pseudonym.
    private static let lookupPatienceSeconds = 10.0
    /// Seconds that analysis gets to load a model of the largest kind on a busy machine.
    private static let trialPatienceSeconds = 120.0

    /// Gives a running role the keys of this moment. One that is being started gets them anyway.
    func handKeys(to role: Role) throws {
        guard let process = state.withLock({ $0.processes[role] }) else { return }
        let isAlive = { [self] in state.withLock { $0.processes[role]?.pid } == process.pid }
        let files = try KeyRing.files(for: role, in: directory.keys)
        let answer: Void?
        do {
            answer = try keysTaken.ask(patienceSeconds: Self.keyPatienceSeconds, while: isAlive) { number in
                try process.link.send(.keys(number, files.map(\.name)), with: files)
            }
        } catch {
            // It has just ended; its successor gets the keys of this moment.
            return
        }
        if answer == nil, isAlive() {
            throw GatewayError.keys("\(role.rawValue) has not let go of the old keys yet; the rotation goes on")
        }
    }

    /// Reception alone holds the key that makes pseudonyms.
    func askReception(_ kind: OutsideName, _ name: String) throws -> [String] {
        guard let process = state.withLock({ $0.processes[.reception] }) else {
            throw GatewayError.system("reception is starting", EAGAIN)
        }
        let answer = lookups.ask(patienceSeconds: Self.lookupPatienceSeconds) { number in
            process.link.send(.lookup(number, kind, name))
        }
        guard let answer else { throw GatewayError.system("reception does not answer", ETIMEDOUT) }
        return answer
    }

    /// Analysis alone parses weights.
    func askAnalysis(_ subject: ModelTrial.Subject) throws -> ModelTrial {
        guard let process = state.withLock({ $0.processes[.analysis] }) else {
            throw GatewayError.system("analysis is starting", EAGAIN)
        }
        let answer = trials.ask(patienceSeconds: Self.trialPatienceSeconds) { number in
            process.link.send(.tryModel(number, subject))
        }
        guard let answer else { throw GatewayError.system("analysis does not answer", ETIMEDOUT) }
        return answer
    }
}
