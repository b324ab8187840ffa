import Dispatch

/// How the work of one operation is divided. The division never depends on the number of threads, so that the result
/// does not either.
package struct Parallel: Sendable {
    /// Threads that may work at once.
    package let threads: Int

    package init(threads: Int = 1) { self.threads = max(1, threads) }

    /// Runs `body` once for each index below `count`, in any order.
    package func forEach(_ count: Int, _ body: (Int) -> Void) {
        let workers = min(threads, count)
        guard workers > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        withoutActuallyEscaping(body) { body in
            let shared = SharedBody(body: body)
            DispatchQueue.concurrentPerform(iterations: workers) { worker in
                for index in stride(from: worker, to: count, by: workers) { shared.body(index) }
            }
        }
    }

    /// The values of `body` for each index below `count`, in order.
    package func map(_ count: Int, _ body: (Int) -> [Float]) -> [[Float]] {
        var values = [[Float]](repeating: [], count: count)
        unsafe values.withUnsafeMutableBufferPointer { values in
            forEach(count) { index in unsafe values[index] = body(index) }
        }
        return values
    }

    /// Runs `body` over `pieces` ranges that make up 0..<count.
    package func forRanges(_ count: Int, pieces: Int, _ body: (Range<Int>) -> Void) {
        let pieces = max(1, min(pieces, count))
        forEach(pieces) { piece in body(count * piece / pieces..<count * (piece + 1) / pieces) }
    }
}

/// Unchecked: the bodies of this module write only what belongs to their own index, and `concurrentPerform` returns
/// when all of them have.
private struct SharedBody: @unchecked Sendable {
    let body: (Int) -> Void
}
