/// Everything that decides the outcome of a training: with the same data, the same configuration gives the same bits on
/// the same kind of CPU, whatever the number of threads. Each setting's key, range and meaning stands in
/// `TrainingSetting.all`; the defaults are those of the built-in model.
public struct TrainingConfiguration: Sendable, Codable, Hashable {
    /// The kinds of network that can be trained.
    public enum Family: String, Sendable, Codable, CaseIterable {
        /// Blocks of two convolutions beside a short cut. Source: He et al. 2015.
        case residual
        /// Each layer sees all layers before it. Source: Huang et al. 2016 (DenseNet-BC).
        case dense
    }
    public enum Optimisation: String, Sendable, Codable, CaseIterable { case adamw, sgd }
    public enum Schedule: String, Sendable, Codable, CaseIterable { case cosine, plateau, constant }
    /// By which held-out figure the best epoch is known.
    public enum Monitor: String, Sendable, Codable, CaseIterable { case auroc, loss }

    // MARK: Data

    /// The folder that holds the label table and the pictures that it names.
    public var dataDirectory: String
    public var labelTable = "labels.csv"
    public var labelColumn = "pneumonia"
    /// The values of the label column, in the order of the outputs (softmax); empty: one finding, 0 or 1 (sigmoid).
    public var classes: [String] = []
    /// The class that an empty cell means.
    public var blankClass = ""
    /// Rows of the label table with this value in `split` are used; all where it is empty.
    public var split = "train"
    /// The part of the pictures, by patient, that is held out.
    public var validationShare = 0.12
    /// Normalisation x' = (x - mean) / std of pictures in 0...1.
    public var mean: Float = 0.58
    public var std: Float = 0.29

    // MARK: Network

    public var family = Family.residual
    /// Height and width of the network's input in pixels.
    public var inputSize = 128
    /// Channels of the stages; the first is also the stem's.
    public var widths = [24, 48, 80, 128]
    /// By how much each stage shrinks the plane, after the stem has halved it.
    public var strides = [2, 2, 2, 1]
    /// Blocks in each stage.
    public var blocks = [1, 2, 2, 2]
    /// Channels that each layer of a dense stage adds.
    public var growth = 12
    /// Channels for each one of the squeezed (Hu et al. 2017); 0 without squeeze and excitation.
    public var squeeze = 0
    /// The part of the features that is left out in each step, before the last layer.
    public var dropout: Float = 0

    // MARK: Learning

    public var epochs = 22
    /// Pictures for each step.
    public var batchSize = 32
    public var optimisation = Optimisation.adamw
    public var learningRate: Float = 2e-3
    public var weightDecay: Float = 0.05
    /// Of SGD.
    public var momentum: Float = 0.9
    public var schedule = Schedule.cosine
    public var warmupEpochs = 1
    /// The rate is multiplied by this where the schedule is `plateau` and the held-out figure has not improved …
    public var plateauFactor: Float = 0.2
    /// … for so many epochs …
    public var plateauPatience = 5
    /// … but never below this.
    public var plateauFloor: Float = 1e-5
    public var labelSmoothing: Float = 0
    /// Weight of each class in the loss; empty: every class weighs the same, however frequent; [1, 1, …]: every picture.
    public var classWeights: [Float] = []
    /// The part of the past in the running average of weights that is validated and shipped; 0: no average.
    public var averageDecay: Float = 0.998
    public var monitor = Monitor.auroc
    /// Epochs without a better held-out figure after which training stops.
    public var patience = 8
    public var augmentation = AugmentationSettings()

    // MARK: The model

    /// The part of the present that must be found, which sets the threshold.
    public var sensitivity = 0.95
    /// The part of the present that must not be called absent, which sets the lower threshold.
    public var lowerSensitivity = 0.99
    public var card = CardSettings()

    public var seed: UInt64 = 20_260_101
    /// Threads that work at once; no influence on the result.
    public var threads = 2

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// Outputs of the network: one logit for one finding, else one for each class.
    public var outputs: Int { classes.isEmpty ? 1 : classes.count }
    /// Classes that a picture can be of.
    public var classCount: Int { max(2, classes.count) }

    /// Throws every setting that is out of range at once.
    func check() throws(TrainingError) {
        var copy = self
        var problems = TrainingSetting.all.compactMap { $0.read($0.value(self), &copy) }
        problems += contradictions
        guard problems.isEmpty else { throw .badConfiguration(problems: problems) }
    }

    /// What cannot be told from one setting alone.
    private var contradictions: [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) { if !condition { problems.append(problem) } }
        require(
            widths.count == blocks.count && strides.count == blocks.count,
            "network.widths, network.strides and network.blocks: each stage needs one value in each")
        require(lowerSensitivity >= sensitivity, "thresholds.lower_sensitivity: at least thresholds.sensitivity")
        require(classes.count != 1, "data.classes: none (one finding, 0 or 1), or two and more")
        require(Set(classes).count == classes.count, "data.classes: a class is named twice")
        require(
            classWeights.isEmpty || classWeights.count == classCount,
            "loss.class_weights: none, or one for each of the \(classCount) classes")
        require(
            blankClass.isEmpty || classes.contains(blankClass), "data.blank: '\(blankClass)' is not one of data.classes"
        )
        require(
            card.findings.count == outputs,
            "card.findings: \(outputs) wanted, one for each output of the network, \(card.findings.count) given")
        require(
            card.minimumAgeYears <= card.maximumAgeYears, "card.maximum_age_years: at least card.minimum_age_years")
        return problems
    }
}

/// What the passport of the trained model says beside what training measures.
public struct CardSettings: Sendable, Codable, Hashable {
    public var id = "cxr-pneumonia"
    public var version = "0.1.0"
    /// One for each output: code value, coding scheme and meaning, between blanks.
    public var findings = ["233604007 SCT Pneumonia"]
    public var minimumAgeYears = 1
    public var maximumAgeYears = 5
    public var views = ["AP"]
    public var trainingData = "not stated"

    public init() {}
}
