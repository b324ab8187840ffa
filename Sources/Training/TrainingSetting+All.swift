extension TrainingSetting {
    /// Every key, in the order of the file.
    public static let all: [TrainingSetting] = data + network + learning + variation + model

    private static let data: [TrainingSetting] = [
        .text(
            "data.folder", \.dataDirectory, "a path", "Folder with the label table and the pictures that it names.",
            longest: 4096),
        .text("data.labels", \.labelTable, "a file name", "The label table (CSV) in that folder.") {
            !$0.isEmpty && !$0.contains("/")
        },
        .text("data.label", \.labelColumn, "a column", "The column that holds the label.") { !$0.isEmpty },
        .texts(
            "data.classes", \.classes, "at most 64 names",
            "Its values, in the order of the outputs (softmax). Without any: one finding, 0 or 1 (sigmoid).", most: 64),
        .text("data.blank", \.blankClass, "one of data.classes, or nothing", "The class that an empty cell means."),
        .text(
            "data.split", \.split, "a word, or nothing", "Only rows with this value in the column split; all without."),
        .number(
            "data.validation_share", \.validationShare, 0.01...0.5,
            "The part of the pictures, by patient, that is held out."),
        .number("data.mean", \.mean, 0...1, "Pictures are normalised as (x - mean) / std, from 0…1."),
        .number("data.std", \.std, 0.01...10, "See data.mean."),
    ]

    private static let network: [TrainingSetting] = [
        .choice("network.family", \.family, "Blocks with a short cut, or layers that see all layers before them."),
        .whole("network.size", \.inputSize, 16...512, "Height and width of the input in pixels."),
        .numbers(
            "network.widths", \.widths, 1...1024, count: 1...6,
            "Channels of each stage; of a dense network only the first counts."),
        .numbers(
            "network.strides", \.strides, 1...2, count: 1...6,
            "By how much each stage shrinks the plane, after the stem has halved it."),
        .numbers("network.blocks", \.blocks, 1...32, count: 1...6, "Blocks (or dense layers) of each stage."),
        .whole("network.growth", \.growth, 1...64, "Channels that each layer of a dense network adds."),
        .whole("network.squeeze", \.squeeze, 0...64, "Squeeze and excitation by this ratio, e.g. 8; 0 without."),
        .number("network.dropout", \.dropout, 0...0.9, "The part of the features left out in each step."),
    ]

    private static let learning: [TrainingSetting] = [
        .whole("training.epochs", \.epochs, 1...1000, "Passes over the pictures, at most."),
        .whole("training.batch", \.batchSize, 2...512, "Pictures of one step."),
        .whole("training.seed", \.seed, 0...UInt64(Int64.max), "Decides everything that is random."),
        .whole("training.threads", \.threads, 1...64, "Threads; no influence on the result."),
        .number(
            "training.average", \.averageDecay, 0...0.9999, "The part of the past in the average of weights; 0: none."),
        .choice("optimiser.kind", \.optimisation, "AdamW, or stochastic gradient descent with momentum."),
        .number("optimiser.rate", \.learningRate, 1e-7...1, "Learning rate after the warm-up."),
        .number("optimiser.weight_decay", \.weightDecay, 0...1, "Decoupled; not of normalisations and biases."),
        .number("optimiser.momentum", \.momentum, 0...0.999, "Of sgd."),
        .choice(
            "schedule.kind", \.schedule,
            "The rate falls along a cosine to 1 %, or when nothing improves, or not at all."),
        .whole("schedule.warmup_epochs", \.warmupEpochs, 0...100, "The rate rises for so long."),
        .number("schedule.factor", \.plateauFactor, 0.01...0.99, "plateau: multiplies the rate …"),
        .whole(
            "schedule.patience", \.plateauPatience, 1...1000, "plateau: … after so many epochs without improvement …"),
        .number("schedule.floor", \.plateauFloor, 0...1, "plateau: … but not below this."),
        .choice("stopping.monitor", \.monitor, "The held-out figure by which the best epoch is known."),
        .whole("stopping.patience", \.patience, 1...1000, "Epochs without a better one after which training stops."),
        .number(
            "loss.label_smoothing", \.labelSmoothing, 0...0.5, "The part of each label that is given to all classes."),
        .numbers(
            "loss.class_weights", \.classWeights, 0.001...1000, count: 0...64,
            "Weight of each class; without any, all classes weigh the same, however frequent."),
    ]

    private static let variation: [TrainingSetting] = [
        .number(
            "augmentation.strength", \.augmentation.strength, 0...2, "Multiplies all of the following; 0: no variation."
        ),
        .number("augmentation.rotation", \.augmentation.rotation, 0...45, "Degrees to either side."),
        .number("augmentation.shift", \.augmentation.shift, 0...0.5, "The part of the side, in each direction."),
        .number("augmentation.zoom", \.augmentation.zoom, 0...0.5, "The part by which it grows or shrinks."),
        .number("augmentation.stretch", \.augmentation.stretch, 0...0.5, "The same, of each axis by itself."),
        .number("augmentation.gamma", \.augmentation.gamma, 0...2, "Gray values to a power of e^-x … e^x."),
        .number("augmentation.brightness", \.augmentation.brightness, 0...1, "Added, to either side."),
        .number(
            "augmentation.contrast", \.augmentation.contrast, 0...1,
            "About the middle, times 1-x … 1+x.",
            problem: {
                "augmentation.contrast: contrast_range must be between 0.0 and 1.0, got \($0). "
                    + "Valid range creates contrast adjustment of [1-contrast_range, 1+contrast_range]."
            }),
        .number("augmentation.gain", \.augmentation.gain, 0...1, "About the middle, times e^-x … e^x."),
        .number(
            "augmentation.noise", \.augmentation.noise, 0...0.5, "Deviation of the noise added to gray values 0…1."),
        .number("augmentation.cutout", \.augmentation.cutout, 0...1, "How often a gray rectangle covers a part."),
        .number(
            "augmentation.mixing", \.augmentation.mixing, 0...1, "How often a picture is blended with its neighbour."),
        .flag(
            "augmentation.horizontal_flip", \.augmentation.horizontalFlip,
            "Every second picture mirrored. The heart is on the left: leave it off unless side does not matter."),
    ]

    private static let model: [TrainingSetting] = [
        .number("thresholds.sensitivity", \.sensitivity, 0.5...1, "The part of the present that must be found."),
        .number(
            "thresholds.lower_sensitivity", \.lowerSensitivity, 0.5...1,
            "The part of the present that must not be called absent."),
        .text("card.id", \.card.id, "lower-case letters, digits and hyphens", "Name of the model.") {
            !$0.isEmpty && $0.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        },
        .text("card.version", \.card.version, "a semantic version, e.g. 1.0.0", "Version of the model.") {
            let parts = $0.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 3
                && parts.allSatisfy { part in Int(part).map { "\($0)" == part && $0 >= 0 } ?? false }
        },
        .texts(
            "card.findings", \.card.findings, "at most 64 of \"value scheme meaning\"",
            "The code of each output, e.g. \"233604007 SCT Pneumonia\".", most: 64
        ) { $0.split(separator: " ", maxSplits: 2).count == 3 },
        .whole("card.minimum_age_years", \.card.minimumAgeYears, 0...150, "For whom the model is made."),
        .whole("card.maximum_age_years", \.card.maximumAgeYears, 0...150, "See card.minimum_age_years."),
        .texts("card.views", \.card.views, "PA, AP, LL, RL", "The views for which it is made.", most: 4) {
            ["PA", "AP", "LL", "RL"].contains($0)
        },
        .text(
            "card.training_data", \.card.trainingData, "at most 2000 characters", "Attribution of the data.",
            longest: 2000),
    ]
}
