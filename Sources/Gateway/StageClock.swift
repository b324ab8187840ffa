import Foundation
import Performance

/// How long each stage of an image takes, by the machine's steady clock.
struct StageClock {
    private(set) var milliseconds: [PerformanceRecord.Stage: Double] = [:]
    private var last: UInt64
    private let now: @Sendable () -> UInt64

    /// - Parameter now: nanoseconds of a clock that only goes forward.
    init(now: @escaping @Sendable () -> UInt64 = { DispatchTime.now().uptimeNanoseconds }) {
        self.now = now
        last = now()
    }

    /// Ends a stage: the time since the one before counts for it.
    mutating func end(_ stage: PerformanceRecord.Stage) {
        let time = now()
        milliseconds[stage, default: 0] += Double(time &- last) / 1e6
        last = time
    }
}
