// What a model costs on this machine: time, operations, memory. Used by `cxrgate bench infer`.
import CTensorKernels
import Foundation

/// Measures a model on random pictures, one run at a time, so that a caller can alternate with another engine.
public struct InferenceBenchmark: Sendable {
    /// The time of one run in seconds, by the clock on the wall and of the processors. On a machine that others use too,
    /// only the latter says what the run cost.
    public struct Sample: Sendable {
        public var wall: Double
        public var processor: Double

        public init(wall: Double, processor: Double) {
            self.wall = wall
            self.processor = processor
        }
    }

    /// One step of the compiled network.
    public struct Row: Sendable {
        public let name: String
        /// The algorithm.
        public let kind: String
        /// Milliseconds of one run.
        public let milliseconds: Double
        /// Operations, counted as the network defines them, in 1e9 per second.
        public let gigaflops: Double
    }

    public let settings: EngineSettings
    /// Seconds from the file's bytes to a model that can run.
    public let loadSeconds: Double
    /// The same by the processors' clock.
    public let loadProcessorSeconds: Double
    /// The pictures, `[N, C, H, W]`, one after the other.
    public let pictures: [Tensor]
    /// Multiplications and additions of one picture, as the network defines them.
    public let operations: Int
    /// Bytes of the packed weights, and of the activations and scratch of one run.
    public let weightBytes: Int
    public let activationBytes: Int
    private let model: Model
    private let lease: WorkspaceLease

    /// Loads the model. Throws what `Model` throws. Pictures are uniform in ±1.7, from `seed`.
    public init(
        onnx: [UInt8], weightsFolder: String? = nil, settings: EngineSettings, batch: Int, seed: UInt64
    ) throws(TensorError) {
        guard (1...Limits.batch).contains(batch) else {
            throw .limitExceeded(quantity: "pictures of a batch", limit: Limits.batch)
        }
        self.settings = settings
        let started = ContinuousClock.now
        let processor = InferenceBenchmark.clock(CLOCK_PROCESS_CPUTIME_ID)
        model = try Model(onnx: onnx, weightsFolder: weightsFolder, settings: settings)
        loadSeconds = (ContinuousClock.now - started) / .seconds(1)
        loadProcessorSeconds = InferenceBenchmark.clock(CLOCK_PROCESS_CPUTIME_ID) - processor
        var state = seed
        let shape = model.inputShape
        pictures = (0..<batch).map { _ in
            Tensor(
                shape: shape,
                values: (0..<shape.reduce(1, *)).map { _ in
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return Float(state >> 40) / Float(1 << 24) * 3.4 - 1.7
                })
        }
        operations = model.plan.report.map(\.operations).reduce(0, +)
        weightBytes = model.plan.weightBytes
        lease = model.lend(batch)
        activationBytes = (lease.workspace.arena.count + lease.workspace.scratch.count) * MemoryLayout<Float>.stride
    }

    /// The pictures as one array.
    public var input: [Float] { pictures.flatMap(\.values) }

    /// The shape of one picture.
    public var inputShape: [Int] { model.inputShape }

    /// One run; what it computes can be read from `outputs`.
    public func once(_ input: [Float]) -> Sample {
        let (wall, processor) = (InferenceBenchmark.clock(CLOCK_MONOTONIC), processorSeconds)
        unsafe model.plan.run(input, in: lease.workspace)
        return Sample(
            wall: InferenceBenchmark.clock(CLOCK_MONOTONIC) - wall, processor: processorSeconds - processor)
    }

    /// The model's output of each picture, one after the other.
    public var outputs: [Float] {
        pictures.indices.flatMap { model.plan.value(model.graph.output, $0, in: lease.workspace).values }
    }

    /// The mean time of each step over `runs` runs, in order.
    public func profile(runs: Int) -> [Row] {
        var seconds = [Double](repeating: 0, count: model.plan.report.count)
        let input = input
        for _ in 0..<runs {
            unsafe seconds.withUnsafeMutableBufferPointer {
                unsafe model.plan.run(input, in: lease.workspace, seconds: $0.baseAddress)
            }
        }
        return zip(model.plan.report, seconds).map { step, seconds in
            Row(
                name: step.name, kind: step.kind, milliseconds: seconds / Double(runs) * 1e3,
                gigaflops: seconds == 0
                    ? 0 : Double(step.operations * pictures.count * runs) / seconds / 1e9)
        }
    }

    /// What one core can do with these kernels' registers: multiplications and additions in 1e9 per second of its time.
    public static func peakGigaflops(_ settings: EngineSettings) -> Double {
        (0..<5).map { _ in
            let started = clock(CLOCK_THREAD_CPUTIME_ID)
            let operations = ctk_measure_peak(Int32(settings.level))
            return operations / (clock(CLOCK_THREAD_CPUTIME_ID) - started) / 1e9
        }.max() ?? 0
    }

    /// The most memory that this process has held, in bytes; `nil` where the kernel does not say.
    public static var peakMemory: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { $0.split(whereSeparator: { !$0.isNumber }).first }.flatMap { Int($0) }.map { $0 * 1024 }
    }

    private var processorSeconds: Double { InferenceBenchmark.clock(CLOCK_PROCESS_CPUTIME_ID) }

    private static func clock(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
