import Foundation
import Synchronization

/// Threads that do one thing together.
enum Workers {
    /// Runs `body` with 0…count−1, each on a thread of its own; returns when all have ended.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let ended = DispatchSemaphore(value: 0)
        for number in 0..<count {
            let thread = Thread {
                body(number)
                ended.signal()
            }
            thread.name = "load \(number)"
            thread.start()
        }
        for _ in 0..<count { ended.wait() }
    }
}

/// Opens when everybody has come.
final class StartingGate: Sendable {
    private let expected: Int
    private let arrived = Mutex(0)
    private let open = DispatchSemaphore(value: 0)
    private let opened = Mutex<ContinuousClock.Instant?>(nil)

    init(_ expected: Int) { self.expected = expected }

    /// Blocks until everybody has come. Whoever comes twice counts twice.
    func wait() {
        let isLast = arrived.withLock { arrived in
            arrived += 1
            return arrived == expected
        }
        guard isLast else {
            open.wait()
            return
        }
        opened.withLock { $0 = .now }
        for _ in 1..<max(expected, 1) { open.signal() }
    }

    func secondsSinceOpening(until end: ContinuousClock.Instant) -> Double {
        opened.withLock { opened in opened.map { max((end - $0) / .seconds(1), 0) } ?? 0 }
    }
}
