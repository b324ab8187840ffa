import CSandbox
import Foundation
import Sealing

/// A role as a process of its own, started with `posix_spawn` and nothing but its briefing, its link, and
/// over the link its open key files.
struct RoleProcess: Sendable {
    let role: Role
    let pid: pid_t
    let link: PacketSocket

    /// How the engine runs, where somebody has said so, and the kernels of OpenBLAS that the supervisor found right.
    private static let engine = [
        "OPENBLAS_CORETYPE", "CXR_ENGINE_KERNELS", "CXR_ENGINE_THREADS", "CXR_ENGINE_WINOGRAD",
    ]

    /// The environment of a role: no home, no tokens; crash reports without registers; OpenBLAS on the processor's own
    /// kernels, one thread of its own.
    private static var environment: [String] {
        var environment = [
            "SWIFT_BACKTRACE=registers=none,color=no,interactive=no", "TCP_NODELAY=1", "OPENBLAS_NUM_THREADS=1",
            "LC_ALL=C.UTF-8",
        ]
        let inherited = ProcessInfo.processInfo.environment
        for name in ["PATH", "TZ", "LD_LIBRARY_PATH", "DCMDICTPATH"] + engine {
            if let value = inherited[name] { environment.append("\(name)=\(value)") }
        }
        return environment
    }

    static func start(
        _ role: Role, briefing: RoleBriefing, keys: [OpenKeyFile], executable: String
    ) throws -> RoleProcess {
        let (ours, theirs) = try PacketSocket.pair()
        let (reading, writing) = try UnixPipe.make()
        defer { close(reading) }
        var pid: pid_t = 0
        // The end that the child inherits must be open until then, and closed here after, or its end is never seen.
        let user = briefing.identity.map { ["\($0.user)", "\($0.group)"] } ?? []
        let failure = withExtendedLifetime(theirs) {
            spawn(
                &pid, executable, arguments: [executable, "role", role.rawValue] + user,
                keep: [reading, theirs.descriptor])
        }
        guard failure == 0 else {
            close(writing)
            throw GatewayError.system("posix_spawn", failure)
        }
        do {
            defer { close(writing) }
            try briefing.write(to: writing)
            try ours.send(.keys(0, keys.map(\.name)), with: keys)
        } catch {
            // A role without its briefing or its keys is of no use, and must not be left behind.
            kill(pid, SIGKILL)
            var status: Int32 = 0
            while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
            throw error
        }
        return RoleProcess(role: role, pid: pid, link: ours)
    }

    /// `keep` are the descriptors that the child gets, from 3 on. Returns 0 or an errno.
    static func spawn(
        _ pid: inout pid_t, _ path: String, arguments: [String], keep: [Int32]
    ) -> Int32 {
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (argv + envp).forEach { unsafe free($0) } }
        return unsafe cxr_spawn(&pid, path, &argv, &envp, keep, keep.count)
    }
}
