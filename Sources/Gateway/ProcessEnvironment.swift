import CSandbox
import Foundation
import Tensors

/// What must stand in the environment before a process begins, because libraries read it only then.
public enum ProcessEnvironment {
    /// Sets what is missing and begins again, as the same process with the same arguments; returns if nothing was
    /// missing.
    ///
    /// `SWIFT_BACKTRACE`: Swift prints memory near registers when it crashes, and that memory may hold a patient's name.
    /// `OPENBLAS_CORETYPE`: OpenBLAS does not know every processor; training is slow on the kernels that it falls back to.
    public static func settle(executable: String, arguments: [String]) throws(GatewayError) {
        var missing: [(String, String)] = []
        let backtrace = value(of: "SWIFT_BACKTRACE") ?? ""
        if !backtrace.contains("registers=none"), !backtrace.contains("enable=no") {
            missing.append(("SWIFT_BACKTRACE", "registers=none"))
        }
        if arguments.dropFirst().first == "train", value(of: "OPENBLAS_CORETYPE") == nil,
            let type = LinearAlgebra.advisedCoreType
        {
            missing.append(("OPENBLAS_CORETYPE", type))
        }
        if missing.isEmpty { return }
        for (name, value) in missing { unsafe setenv(name, value, 1) }
        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        unsafe execv(executable, &argv)
        throw .system("execv", errno)
    }

    /// What this process writes is its owner's alone, and no core file shows its memory. A command that only prints is
    /// not kept from its work if the kernel refuses.
    public static func restrict() {
        umask(0o077)
        _ = cxr_disable_core_dumps()
    }

    private static func value(of name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
