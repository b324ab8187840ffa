import DICOMToolkit
import Testing

@Suite struct TokenBucketTests {
    /// What the bucket gives at each of these times.
    private func taken(_ bucket: inout TokenBucket, at times: [Int64]) -> [Bool] {
        times.map { bucket.take(now: $0) }
    }

    @Test func soManyAtOnceThenSoManyPerSecond() {
        var bucket = TokenBucket(capacity: 3, perSecond: 2, now: 1_000)
        let atOnce = taken(&bucket, at: [1_000, 1_000, 1_000, 1_000])
        #expect(atOnce == [true, true, true, false])
        let wait = bucket.wait(now: 1_000)
        #expect(wait == 500)
        let later = taken(&bucket, at: [1_499, 1_500, 1_500])
        #expect(later == [false, true, false])
    }

    @Test func itNeverHoldsMoreThanItsCapacity() {
        var bucket = TokenBucket(capacity: 2, perSecond: 1_000, now: 0)
        let atOnce = taken(&bucket, at: [1_000_000, 1_000_000, 1_000_000])
        #expect(atOnce == [true, true, false])
    }

    @Test func aClockThatGoesBackwardsGivesNothing() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1, now: 10_000)
        let taken = taken(&bucket, at: [10_000, 0, 10_000, 11_000])
        #expect(taken == [true, false, false, true])
    }

    @Test func aBucketThatNeverFillsSaysSo() {
        var bucket = TokenBucket(capacity: 1, perSecond: 0, now: 0)
        let first = bucket.take(now: 0)
        let wait = bucket.wait(now: 5)
        #expect(first)
        #expect(wait == nil)
    }
}
