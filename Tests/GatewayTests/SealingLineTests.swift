import Foundation
import Synchronization
import Testing

@testable import Gateway

/// The line hands on what it was given, in order, whole, and says what went wrong behind its owner's back.
@Suite struct SealingLineTests {
    private static let bytes = (0..<3 * SealingLine.portionBytes + 12_345).map {
        UInt8(truncatingIfNeeded: $0 &* 7 / 3)
    }

    private static func run(_ bytes: [UInt8], through line: SealingLine, pieces: Int) throws {
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try unsafe bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { try unsafe line.run($0) }
        }
    }

    @Test(
        arguments: [1_000, 131_070, SealingLine.portionBytes, bytes.count],
        [100, SealingLine.portionBytes, bytes.count])
    func whatGoesInComesOut(pieces: Int, count: Int) throws {
        let sealed = Mutex<[UInt8]>([])
        let line = unsafe SealingLine { bytes in sealed.withLock { unsafe $0.append(contentsOf: bytes) } }
        let bytes = Array(Self.bytes.prefix(count))
        try Self.run(bytes, through: line, pieces: pieces)
        try line.drain()
        #expect(sealed.withLock { $0 } == bytes)
    }

    @Test func nothingIsSealedWithoutBytes() throws {
        let calls = Mutex(0)
        let line = unsafe SealingLine { _ in calls.withLock { $0 += 1 } }
        try line.drain()
        #expect(calls.withLock { $0 } == 0)
    }

    /// A full disk that shows on the other thread is told to the owner, and nothing is sealed behind the gap.
    @Test(arguments: 0..<4) func aFailureIsToldAndEndsTheLine(failing: Int) throws {
        struct DiskIsFull: Error {}
        let calls = Mutex(0)
        let line = unsafe SealingLine { _ in
            let call = calls.withLock { calls in
                defer { calls += 1 }
                return calls
            }
            if call == failing { throw DiskIsFull() }
        }
        #expect(throws: DiskIsFull.self) {
            try Self.run(Self.bytes, through: line, pieces: 50_000)
            try line.drain()
        }
        line.settle()
        #expect(calls.withLock { $0 } == failing + 1)
    }

    /// The receiving thread waits when sealing is slower: memory stays bounded.
    @Test func noMoreThanItsPortionsAreInFlight() throws {
        let mayGoOn = Mutex(false)
        let taken = Mutex(0)
        let line = unsafe SealingLine { _ in while !mayGoOn.withLock({ $0 }) {} }
        let owner = Thread {
            do {
                for _ in 0..<8 {
                    try Self.run(Array(Self.bytes.prefix(SealingLine.portionBytes)), through: line, pieces: 1 << 16)
                    taken.withLock { $0 += 1 }
                }
                try line.drain()
            } catch {
                Issue.record(error)
            }
            taken.withLock { $0 = -1 }
        }
        owner.start()
        Thread.sleep(forTimeInterval: 0.3)
        let reached = taken.withLock { $0 }
        mayGoOn.withLock { $0 = true }
        #expect(reached <= SealingLine.portionLimit)
        while taken.withLock({ $0 >= 0 }) { Thread.sleep(forTimeInterval: 0.01) }
    }
}
