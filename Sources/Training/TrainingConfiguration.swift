/// Everything that decides the outcome of a training: with the same data, the same configuration gives the same bits on
/// the same kind of CPU, whatever the number of threads.
public struct TrainingConfiguration: Sendable, Codable, Hashable {
    /// The folder that holds `labels.csv` and the pictures that it names.
    public var dataDirectory: String
    /// Where the best checkpoint so far is written as `checkpoint.onnx`; nothing is written without it.
    public var checkpointDirectory: String?
    /// Height and width of the network's input in pixels; 16 to 512.
    public var inputSize = 128
    /// Channels of the stages; the first is also the stem's.
    public var widths = [24, 48, 80, 128]
    /// By how much each stage shrinks the plane, after the stem has halved it. With 128 pixels the last plane, which
    /// Grad-CAM explains, has 8 x 8.
    public var strides = [2, 2, 2, 1]
    /// Residual blocks in each stage.
    public var blocks = [1, 2, 2, 2]
    public var epochs = 22
    /// Pictures for each step.
    public var batchSize = 32
    /// The rate after a warm-up of one epoch; it falls to 1 % along a cosine.
    public var learningRate: Float = 2e-3
    public var weightDecay: Float = 0.05
    /// The part of the past in the running average of weights that is validated and shipped.
    public var averageDecay: Float = 0.998
    /// Epochs without a better validation AUROC after which training stops.
    public var patience = 8
    /// The part of the pictures, by patient, that is held out.
    public var validationShare = 0.12
    /// Normalisation x' = (x - mean) / std of pictures in 0...1.
    public var mean: Float = 0.58
    public var std: Float = 0.29
    /// How strongly pictures are varied: 0 not at all, 1 as described at `Augmentation`.
    public var augmentation: Float = 1
    /// The part of the present that must be found, which sets the threshold; 0.5 to 1.
    public var sensitivity = 0.95
    /// The part of the present that must not be called absent, which sets the lower threshold; at least `sensitivity`.
    public var lowerSensitivity = 0.99
    public var seed: UInt64 = 20_260_101
    /// Threads that work at once; no influence on the result.
    public var threads = 2
    /// Rows of the label table with this value in `split` are used.
    public var split = "train"

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    func check() throws(TrainingError) {
        func require(_ condition: Bool, _ setting: String) throws(TrainingError) {
            guard condition else { throw .badConfiguration(setting: setting) }
        }
        try require((16...512).contains(inputSize), "inputSize")
        try require(widths.count == blocks.count && (1...6).contains(widths.count), "widths")
        try require(strides.count == widths.count && strides.allSatisfy { (1...2).contains($0) }, "strides")
        try require(widths.allSatisfy { (1...1024).contains($0) }, "widths")
        try require(blocks.allSatisfy { (1...16).contains($0) }, "blocks")
        try require((1...1000).contains(epochs), "epochs")
        try require((2...512).contains(batchSize), "batchSize")
        try require(learningRate > 0 && learningRate <= 1, "learningRate")
        try require((0...1).contains(weightDecay), "weightDecay")
        try require((0..<1).contains(averageDecay), "averageDecay")
        try require(patience >= 1, "patience")
        try require((0.01...0.5).contains(validationShare), "validationShare")
        try require(std > 0 && mean.isFinite, "std")
        try require((0...2).contains(augmentation), "augmentation")
        try require((0.5...1).contains(sensitivity), "sensitivity")
        try require((sensitivity...1).contains(lowerSensitivity), "lowerSensitivity")
        try require((1...64).contains(threads), "threads")
    }
}
