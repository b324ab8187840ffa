import Foundation
import Synchronization

/// How far a command is that takes more than two seconds: one line on standard error, on a terminal only.
final class Progress: Sendable {
    private let what: String
    private let started = DispatchTime.now()
    private let shown = Mutex(UInt64(0))

    /// Before this nobody waits, and nothing is said; in nanoseconds.
    private static let patience: UInt64 = 2_000_000_000
    private static let pause: UInt64 = 200_000_000

    /// - Parameter what: what is counted, in the plural.
    init(_ what: String) { self.what = what }

    func show(_ count: Int, of total: Int) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let now = DispatchTime.now().uptimeNanoseconds
        guard now - started.uptimeNanoseconds > Self.patience else { return }
        let isDue = shown.withLock { shown in
            guard now - shown > Self.pause || count == total else { return false }
            shown = now
            return true
        }
        if isDue { FileHandle.standardError.write(Data("\r\(count) of \(total) \(what)".utf8)) }
    }

    /// Ends the line, if there is one.
    func end() {
        if shown.withLock({ $0 }) > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
    }
}
