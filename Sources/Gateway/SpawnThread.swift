import Foundation
import Synchronization

/// The one thread that makes all children of the supervisor.
///
/// A child asks to be killed when its parent ends (`PR_SET_PDEATHSIG`), and to the kernel that parent is the thread that
/// made it: a thread that ends with its errand would take the child with it. Source: prctl(2).
final class SpawnThread: Sendable {
    private let errands = Mutex<[@Sendable () -> Void]>([])
    private let bell = DispatchSemaphore(value: 0)

    init() {
        let thread = Thread { [self] in
            while true {
                bell.wait()
                let errand = errands.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                errand?()
            }
        }
        thread.name = "spawn"
        thread.start()
    }

    /// Does `body` on the thread, and returns what it returned.
    func perform<Answer: Sendable>(_ body: @escaping @Sendable () throws -> Answer) throws -> Answer {
        let done = DispatchSemaphore(value: 0)
        let answer = Box<Result<Answer, any Error>?>(nil)
        errands.withLock {
            $0.append {
                let result = Result { try body() }
                answer.value.withLock { $0 = result }
                done.signal()
            }
        }
        bell.signal()
        done.wait()
        guard let result = answer.value.withLock({ $0 }) else { throw GatewayError.system("spawn thread", EINTR) }
        return try result.get()
    }
}
