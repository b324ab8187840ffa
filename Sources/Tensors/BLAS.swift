// The one door to OpenBLAS.
import COpenBLAS

/// Settings of the linear algebra beneath the engine.
public enum LinearAlgebra {
    /// Sets how many threads OpenBLAS itself may use. The engine sets 1 when it is first used, because it divides work
    /// into products too small for OpenBLAS's own threads to help.
    public static func setThreads(_ count: Int) {
        prepare()
        openblas_set_num_threads(Int32(clamping: max(1, count)))
    }

    /// The CPU family whose kernels OpenBLAS picked, such as `SkylakeX`.
    public static var coreName: String {
        guard let name = unsafe openblas_get_corename() else { return "unknown" }
        return unsafe String(cString: name)
    }

    /// What `OPENBLAS_CORETYPE` should have been when the process started, where OpenBLAS does not know this CPU and
    /// fell back to kernels of 128 bits; `nil` where its choice is sound. It reads the variable only while it is
    /// loaded, so a program that trains starts itself anew with it. Inference does not depend on it.
    public static var advisedCoreType: String? {
        guard ["Prescott", "Core2", "Generic", "Nehalem", "Athlon", "Opteron"].contains(coreName) else { return nil }
        return switch ProductKernels.level {
        case 2: "SkylakeX"
        case 1: "Haswell"
        default: nil
        }
    }

    private static let prepared: Void = openblas_set_num_threads(1)

    static func prepare() { prepared }
}

/// C = alpha * op(A) * op(B) + beta * C, row major; `lda`, `ldb`, `ldc` are row strides in elements.
@inline(__always)
func matrixProduct(
    transposesA: Bool = false, transposesB: Bool = false, m: Int, n: Int, k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int, beta: Float,
    _ c: UnsafeMutablePointer<Float>, ldc: Int
) {
    unsafe cblas_sgemm(
        101, transposesA ? 112 : 111, transposesB ? 112 : 111, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda), b,
        Int32(ldb), beta, c, Int32(ldc))
}
