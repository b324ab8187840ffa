import Foundation
import Testing

@testable import Gateway

@Suite struct ServiceNoticeTests {
    @Test("the service manager is told over its socket, and not at all if there is none")
    func tell() throws {
        #expect(ServiceNotice(environment: [:]) == nil)
        let path = "/tmp/cxrgate-notify-\(UUID().uuidString.prefix(8))"
        let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(listener)
            _ = unsafe unlink(path)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let bound = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(listener, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        let notice = try #require(
            ServiceNotice(
                environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"], pid: 7))
        #expect(notice.heartbeatSeconds == 30)
        notice.ready("here")
        notice.alive()
        notice.stopping()
        var said: [String] = []
        for _ in 0..<3 {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = unsafe recv(listener, &bytes, bytes.count, 0)
            said.append(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
        }
        #expect(said == ["READY=1\nSTATUS=here", "WATCHDOG=1", "STOPPING=1"])
        // Another process is watched, not this one.
        let other = ServiceNotice(
            environment: ["NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "8"], pid: 7)
        #expect(other?.heartbeatSeconds == nil)
    }
}
