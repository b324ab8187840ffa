import Foundation
import Sealing
import Synchronization

/// Questions that went out over a link and wait for their answers, told apart by number.
final class PendingAnswers<Answer: Sendable>: Sendable {
    private final class Question: Sendable {
        let answered = DispatchSemaphore(value: 0)
        let answer = Mutex<Answer?>(nil)
    }

    /// Seconds between looks whether anybody is there.
    private static var glanceSeconds: Double { 0.1 }

    private let open = Mutex<(next: UInt64, waiting: [UInt64: Question])>((1, [:]))

    /// Sends a question under a new number and waits while there is somebody to answer; `nil` if no answer came in time.
    func ask(
        patienceSeconds: Double, while isAlive: () -> Bool = { true }, _ send: (UInt64) throws -> Void
    ) rethrows -> Answer? {
        let question = Question()
        let number = open.withLock { open in
            defer { open.next += 1 }
            open.waiting[open.next] = question
            return open.next
        }
        defer { open.withLock { $0.waiting[number] = nil } }
        try send(number)
        let deadline = DispatchTime.now() + patienceSeconds
        while question.answered.wait(timeout: min(deadline, .now() + Self.glanceSeconds)) == .timedOut {
            guard isAlive(), DispatchTime.now() < deadline else { return nil }
        }
        return question.answer.withLock { $0 }
    }

    /// An answer has come; one that nobody waits for any more is dropped.
    func take(_ answer: Answer, for number: UInt64) {
        guard let question = open.withLock({ $0.waiting[number] }) else { return }
        question.answer.withLock { $0 = answer }
        question.answered.signal()
    }
}
