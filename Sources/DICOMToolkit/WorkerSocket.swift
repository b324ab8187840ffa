import Glibc

/// One end of the socket pair between a process and its decoding child. Closed when it goes.
struct WorkerSocket: ~Copyable {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A connected pair, close-on-exec; `nil` with `errno` set.
    static func pair() -> (Int32, Int32)? {
        var ends: (Int32, Int32) = (-1, -1)
        let failure = unsafe withUnsafeMutableBytes(of: &ends) { bytes in
            unsafe socketpair(
                AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0,
                bytes.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        return failure == 0 ? ends : nil
    }

    /// Sends everything before the deadline; false if the other end is gone or the time is over.
    borrowing func send(_ bytes: [UInt8], before deadline: Deadline) -> Bool {
        var position = 0
        while position < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.send(
                    descriptor, all.baseAddress?.advanced(by: position), all.count - position,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if count > 0 {
                position += count
            } else if count < 0, errno == EAGAIN {
                guard wait(Int16(POLLOUT), before: deadline) else { return false }
            } else if !(count < 0 && errno == EINTR) {
                return false
            }
        }
        return true
    }

    /// Receives exactly so many bytes before the deadline, or `nil`.
    borrowing func receive(_ wanted: Int, before deadline: Deadline) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: wanted)
        var position = 0
        while position < wanted {
            let count = unsafe bytes.withUnsafeMutableBytes { all in
                unsafe recv(
                    descriptor, all.baseAddress?.advanced(by: position), all.count - position,
                    Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                position += count
            } else if count < 0, errno == EAGAIN {
                guard wait(Int16(POLLIN), before: deadline) else { return nil }
            } else if !(count < 0 && errno == EINTR) {
                return nil
            }
        }
        return bytes
    }

    private borrowing func wait(_ event: Int16, before deadline: Deadline) -> Bool {
        while true {
            let left = deadline.millisecondsLeft
            guard left > 0 else { return false }
            var polled = pollfd(fd: descriptor, events: event, revents: 0)
            let ready = unsafe poll(&polled, 1, left)
            if ready > 0 { return true }
            if ready < 0, errno != EINTR { return false }
        }
    }
}

/// A point in time on the steady clock.
struct Deadline {
    private let end: ContinuousClock.Instant

    init(seconds: Double) { end = .now + .seconds(seconds) }

    /// 0 when it is over; at most a day.
    var millisecondsLeft: Int32 {
        let left = ContinuousClock.Instant.now.duration(to: end)
        let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
        if left <= .zero { return 0 }
        return Int32(clamping: min(milliseconds + 1, 86_400_000))
    }

    var isOver: Bool { millisecondsLeft == 0 }
}
