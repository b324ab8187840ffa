import Foundation
import Synchronization

/// What a process and everything below it use: processor time and memory, from `/proc`.
final class ProcessWatch: Sendable {
    private let root: Int32
    private let processorAtStart: Double
    private let peak = Mutex(0)
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    /// Seconds between looks at the memory.
    private static let pause = 0.02

    init(_ root: Int32) {
        self.root = root
        processorAtStart = Self.processorSeconds(root)
        let thread = Thread { [self] in
            while !isOver.withLock({ $0 }) {
                let now = Self.memory(root)
                peak.withLock { $0 = max($0, now) }
                Thread.sleep(forTimeInterval: Self.pause)
            }
            ended.signal()
        }
        thread.start()
    }

    /// Processor seconds since it began, and the most memory in bytes.
    func stop() -> (processorSeconds: Double, peakBytes: Int) {
        isOver.withLock { $0 = true }
        ended.wait()
        return (max(Self.processorSeconds(root) - processorAtStart, 0), max(peak.withLock { $0 }, Self.memory(root)))
    }

    private static func tree(_ root: Int32) -> [Int32] {
        let tasks = "/proc/\(root)/task"
        guard let threads = try? FileManager.default.contentsOfDirectory(atPath: tasks) else { return [] }
        let children = threads.flatMap { thread in
            text("\(tasks)/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
        }
        return [root] + children.flatMap { tree($0) }
    }

    /// Its own, its children's, and that of the children that have ended.
    private static func processorSeconds(_ root: Int32) -> Double {
        let perSecond = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        return tree(root).reduce(0) { sum, process in
            // Behind the name, which may hold anything: state is the first, utime the twelfth.
            let fields = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 14 else { return sum }
            return sum + fields[11...14].compactMap { Double($0) }.reduce(0, +) / perSecond
        }
    }

    private static func memory(_ root: Int32) -> Int {
        let page = max(sysconf(Int32(_SC_PAGESIZE)), 1)
        return tree(root).reduce(0) { sum, process in
            let fields = text("/proc/\(process)/statm").split(separator: " ")
            return sum + (fields.count > 1 ? (Int(fields[1]) ?? 0) * page : 0)
        }
    }

    private static func text(_ path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }
}
