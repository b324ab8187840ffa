import CSandbox
import Foundation
import Tensors

/// What must stand in the environment before a process begins, because libraries read it only then.
public enum ProcessEnvironment {
    /// Sets what is missing and begins again, as the same process with the same arguments; returns if nothing was
    /// missing.
    ///
    /// `SWIFT_BACKTRACE`: Swift prints memory near registers when it crashes, and that memory may hold a patient's name.
    /// `OPENBLAS_CORETYPE`: OpenBLAS does not know every processor, and an inherited name below what the CPU has halves
    /// it. The name is corrected; `correction` says so.
    public static func settle(executable: String, arguments: [String]) throws(GatewayError) {
        var missing: [(String, String)] = []
        let backtrace = value(of: "SWIFT_BACKTRACE") ?? ""
        if !backtrace.contains("registers=none"), !backtrace.contains("enable=no") {
            missing.append(("SWIFT_BACKTRACE", "registers=none"))
        }
        // Roles get the supervisor's.
        if let command = arguments.dropFirst().first, ["train", "serve", "bench"].contains(command),
            let type = LinearAlgebra.advisedCoreType, value(of: "OPENBLAS_CORETYPE") != type
        {
            missing.append(("OPENBLAS_CORETYPE", type))
            missing.append((corrected, LinearAlgebra.coreName))
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

    /// The variable that tells the process which begins again what it was before.
    private static let corrected = "CXR_OPENBLAS_WAS"

    /// What was wrong with OpenBLAS's choice before the process began anew, as a sentence; `nil` if nothing was.
    public static var correction: String? {
        value(of: corrected).map {
            "OpenBLAS had picked kernels for \($0), below what this CPU has; now \(LinearAlgebra.coreName)"
        }
    }

    private static func value(of name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
