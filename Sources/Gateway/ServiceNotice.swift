import Foundation

/// What a service manager wants to hear: that the gateway works, that it still does, that it is about to end.
///
/// Messages are datagrams to the socket that `NOTIFY_SOCKET` names; without one nothing is said. A few lines, so that no
/// library of the service manager has to be linked. Source: sd_notify(3), systemd.service(5) "WatchdogSec".
public struct ServiceNotice: Sendable {
    private let path: String
    /// Seconds between two signs of life: half of what the manager allows; `nil` if it does not watch.
    public let heartbeatSeconds: Double?

    /// `nil` if no service manager listens.
    public init?(environment: [String: String] = ProcessInfo.processInfo.environment, pid: Int32 = getpid()) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        self.path = path
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        let allowed = environment["WATCHDOG_USEC"].flatMap { Double($0) }
        heartbeatSeconds = isOurs ? allowed.map { $0 / 2_000_000 } : nil
    }

    /// Images are received.
    public func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    /// The gateway finishes what it has in hand.
    public func stopping() { send("STOPPING=1") }
    /// It works still.
    public func alive() { send("WATCHDOG=1") }

    /// Gives a sign of life for as long as `isAlive` says so; a gateway that hangs is started again by the manager.
    public func watch(_ isAlive: @escaping @Sendable () -> Bool) {
        guard let heartbeatSeconds else { return }
        let notice = self
        let thread = Thread {
            while true {
                if isAlive() { notice.alive() }
                Thread.sleep(forTimeInterval: heartbeatSeconds)
            }
        }
        thread.name = "watchdog"
        thread.start()
    }

    /// A manager that does not listen any more is no reason to fail.
    private func send(_ text: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        // An abstract name begins with a zero byte.
        if path.hasPrefix("@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(text.utf8)
        _ = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }
}
