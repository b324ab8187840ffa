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

    /// What `OPENBLAS_CORETYPE` should have been when the process started; `nil` where OpenBLAS's choice is sound.
    ///
    /// Two traps: OpenBLAS does not know every processor and falls back to kernels of 128 bits, and an inherited variable
    /// may name a core below what the CPU has, which halves it. OpenBLAS reads the variable only while it is loaded, so
    /// that a program must start itself anew.
    public static var advisedCoreType: String? {
        advisedCoreType(core: coreName, level: Int(ProductKernels.level))
    }

    /// The same for a core's name and the width of the CPU's registers: 0, 1 (AVX2) or 2 (AVX-512).
    package static func advisedCoreType(core: String, level: Int) -> String? {
        let wide = ["SkylakeX", "Cooperlake", "SapphireRapids"]
        let middle = ["Haswell", "Zen"]
        switch level {
        case 2: return wide.contains { $0.lowercased() == core.lowercased() } ? nil : "SkylakeX"
        case 1: return (wide + middle).contains { $0.lowercased() == core.lowercased() } ? nil : "Haswell"
        default: return nil
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
