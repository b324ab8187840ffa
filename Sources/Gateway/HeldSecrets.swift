import Sealing
import Synchronization

/// The secrets that a role holds at this moment. A rotation replaces them while the role works.
final class HeldSecrets: Sendable {
    /// Does what new keys ask for, and calls `done` when nothing of this role needs the old ones any more.
    typealias Renewal = @Sendable (_ secrets: RoleSecrets, _ done: @escaping @Sendable () -> Void) -> Void

    private let secrets: Mutex<RoleSecrets>
    private let renewal = Mutex<Renewal?>(nil)

    init(_ secrets: RoleSecrets) { self.secrets = Mutex(secrets) }

    var current: RoleSecrets { secrets.withLock { $0 } }

    /// Says what is done when new keys come; without it they are only taken.
    func onRenewal(_ renewal: @escaping Renewal) { self.renewal.withLock { $0 = renewal } }

    /// Takes new keys; `done` is called when the old ones are of no more use here.
    func renew(_ new: RoleSecrets, done: @escaping @Sendable () -> Void) {
        secrets.withLock { $0 = new }
        if let renewal = renewal.withLock({ $0 }) { renewal(new, done) } else { done() }
    }
}
