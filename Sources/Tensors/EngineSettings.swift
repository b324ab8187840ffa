// How the compiled engine runs on this machine, and the environment variables by which tests force it.
import COpenBLAS
import CTensorKernels
import Foundation

/// How a plan runs. The defaults are those of the machine.
public struct EngineSettings: Sendable, Equatable {
    /// Kernels: 0 plain (NEON, SSE2), 1 AVX2, 2 AVX-512.
    public var level: Int
    /// Whether OpenBLAS multiplies where our own kernels could.
    public var usesBLAS: Bool
    /// Threads of one run, 1 or more.
    public var threads: Int
    /// Whether 3 x 3 convolutions may be computed by Winograd's algorithm.
    public var usesWinograd: Bool

    /// The machine's best, or what the environment says:
    ///
    /// - `CXR_ENGINE_KERNELS`: `avx512`, `avx512-openblas`, `avx2` or `plain`; more than the CPU has is ignored.
    /// - `CXR_ENGINE_THREADS`: a number; by default every CPU that the process may use.
    /// - `CXR_ENGINE_WINOGRAD`: `off` for exact products everywhere.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        let best = Int(ctk_plan_level())
        switch environment["CXR_ENGINE_KERNELS"] {
        case "plain": level = 0
        case "avx2": level = min(1, best)
        default: level = best
        }
        // Without AVX-512 there are too few registers for our tiles, and OpenBLAS is at its peak.
        usesBLAS = level < 2 || environment["CXR_ENGINE_KERNELS"] == "avx512-openblas"
        let available = Int(ctk_pool_threads())
        threads = max(1, min(environment["CXR_ENGINE_THREADS"].flatMap { Int($0) } ?? available, Limits.threads))
        usesWinograd = environment["CXR_ENGINE_WINOGRAD"] != "off"
    }

    /// The kernels' name, as in `CXR_ENGINE_KERNELS`.
    public var kernelName: String {
        switch level {
        case 2: usesBLAS ? "avx512-openblas" : "avx512"
        case 1: "avx2"
        default: "plain"
        }
    }

    /// Outputs of one panel of weights.
    var panel: Int { Int(usesBLAS ? CTK_PANEL_BLAS : CTK_PANEL_OWN) }
}
