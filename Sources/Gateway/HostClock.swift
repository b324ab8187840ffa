import CLinux
import Foundation
import Watching

/// Whether the host's clock can be believed. Reports and the journal carry its time.
struct HostClock: Sendable {
    /// How far the clock may be off by the kernel's own reckoning, in seconds; `nil` if it does not say.
    let errorSeconds: @Sendable () -> Double?
    /// Milliseconds since an arbitrary moment, sleep included: what no one sets.
    let steady: @Sendable () -> Int64

    /// Source: adjtimex(2): maxerror, in microseconds; 16 s stands for a clock that nothing synchronises.
    static let system = HostClock(
        errorSeconds: {
            let microseconds = cxr_clock_error_microseconds()
            return microseconds < 0 ? nil : Double(microseconds) / 1_000_000
        },
        steady: {
            var now = timespec()
            unsafe clock_gettime(CLOCK_BOOTTIME, &now)
            return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
        })

    /// The alarm, if there is one. `offset` is what the clock was ahead of the steady one when the gateway started.
    func alarm(now: Int64, offset: Int64, tolerance seconds: Double) -> Alarm? {
        guard seconds > 0 else { return nil }
        let jump = Double(abs(now - steady() - offset)) / 1000
        if jump > seconds {
            return Alarm(.clockWrong, .critical, "the clock was set by \(Int(jump)) s since the gateway started")
        }
        guard let error = errorSeconds(), error > seconds else { return nil }
        return Alarm(.clockWrong, .warning, "the clock may be off by \(Int(error)) s: nothing synchronises it")
    }
}
