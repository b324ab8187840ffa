import Tensors

/// One training, from split pictures to a report: `TrainingSession+Report.swift` has the end of it.
struct TrainingSession {
    let configuration: TrainingConfiguration
    let store: PictureStore
    let split: PatientSplit
    let parallel: Parallel
    let loss: TrainingLoss
    private(set) var state: TrainingState
    private(set) var learner: Learner
    /// The averaged weights of the best epoch, in the order of `TrainableNetwork.learned`.
    private(set) var best: [Tensor]

    private let preprocessing: Preprocessing
    private let fingerprint: [UInt8]
    private let dataDigest: [UInt8]
    /// By class.
    private let classWeights: [Float]
    private var schedule: RateSchedule

    /// Trains on some of the store's pictures, part of them held out.
    init(_ configuration: TrainingConfiguration, _ store: PictureStore, _ candidates: [Int]) throws {
        self.configuration = configuration
        self.store = store
        parallel = Parallel(threads: configuration.threads)
        preprocessing = Preprocessing(
            size: configuration.inputSize, mean: configuration.mean, std: configuration.std)
        loss = TrainingLoss(outputs: configuration.outputs, smoothing: configuration.labelSmoothing)
        let pictures = candidates.map { store.pictures[$0] }
        var split = PatientSplit(
            groups: pictures.map(\.patientGroup), fingerprints: pictures.map(\.fingerprint),
            labels: pictures.map(\.label), share: configuration.validationShare, seed: configuration.seed)
        split.training = split.training.map { candidates[$0] }
        split.validation = split.validation.map { candidates[$0] }
        self.split = split
        let counts = (0..<configuration.classCount).map { label in
            (
                training: split.training.count { store.pictures[$0].label == label },
                held: split.validation.count { store.pictures[$0].label == label }
            )
        }
        guard counts.allSatisfy({ $0.training > 0 && $0.held > 0 }), split.training.count >= configuration.batchSize
        else { throw TrainingError.tooFewPictures }
        classWeights =
            configuration.classWeights.isEmpty
            ? counts.map { Float(split.training.count) / Float(configuration.classCount * $0.training) }
            : configuration.classWeights

        learner = try Learner(configuration, parallel: parallel)
        guard learner.network.parameterCount <= TrainableNetwork.maximumParameters else {
            throw TrainingError.badConfiguration(problems: [
                "network: it has \(learner.network.parameterCount) weights; at most "
                    + "\(TrainableNetwork.maximumParameters) can be trained here"
            ])
        }
        best = learner.average
        schedule = RateSchedule(configuration)
        state = TrainingState()
        dataDigest = try store.digest()
        fingerprint = try TrainingState.fingerprint(configuration, data: dataDigest, pictures: candidates)
    }

    /// Goes on where a checkpoint was made. Throws where it is damaged, or of another training.
    mutating func resume(_ checkpoint: [UInt8]) throws {
        let learned = learner.weights.map(\.shape)
        let checkpoint = try Checkpoint(
            checkpoint, fingerprint: fingerprint, shapes: learned, memory: learner.optimiser.memory.map(\.count))
        state = checkpoint.state
        schedule.memory = state.schedule
        learner.resume(
            weights: checkpoint.weights, average: checkpoint.average, memory: checkpoint.memory,
            step: state.optimiserStep)
        best = checkpoint.best
    }

    mutating func run(_ control: TrainingControl) throws -> TrainingOutcome {
        control.progress(
            .loaded(
                TrainingData(
                    trainingImages: split.training.count, validationImages: split.validation.count, sha256: dataDigest,
                    parameters: learner.network.parameterCount,
                    validationRows: split.validation.map { store.pictures[$0].row })))
        let held = try heldOut()
        while !isOver {
            let epoch = state.history.count + 1
            guard let trainingLoss = try train(epoch: epoch, control) else {
                try control.keep(checkpoint())
                return .stopped
            }
            try validate(epoch: epoch, trainingLoss: trainingLoss, held)
            // What has been said to be done survives a crash.
            try control.keep(checkpoint())
            if let entry = state.history.last { control.progress(.epoch(entry)) }
        }
        return .finished(try report(held))
    }

    private var isOver: Bool {
        let done = state.history.count
        return done >= configuration.epochs || (done > 0 && done - state.bestEpoch >= configuration.patience)
    }

    private func checkpoint() throws(TrainingError) -> [UInt8] {
        var state = state
        state.schedule = schedule.memory
        state.optimiserStep = learner.optimiser.step
        return try Checkpoint(
            state: state, weights: learner.weights, average: learner.average, best: best,
            memory: learner.optimiser.memory
        ).encoded(fingerprint: fingerprint)
    }

    // MARK: Learning

    /// The mean loss of an epoch; `nil` if it was stopped on the way.
    private mutating func train(epoch: Int, _ control: TrainingControl) throws -> Double? {
        var order = split.training
        var random = RandomSource(seed: configuration.seed, 3, UInt64(epoch))
        random.shuffle(&order)
        let size = configuration.batchSize
        let steps = order.count / size
        while state.stepsDone < steps {
            if control.shouldStop() { return nil }
            let step = state.stepsDone
            let indices = Array(order[step * size..<(step + 1) * size])
            let batch = batch(indices, epoch: epoch, step: step)
            let loss = try learner.learn(
                batch.pictures, targets: batch.targets, weights: batch.weights,
                rate: schedule.rate(epoch: epoch, part: Float(step) / Float(steps)))
            guard loss.isFinite else { throw TrainingError.diverged(epoch: epoch) }
            state.lossSum += loss
            state.stepsDone += 1
            control.progress(
                .step(
                    epoch: epoch, pictures: state.stepsDone * size, of: steps * size,
                    loss: state.lossSum / Double(state.stepsDone)))
        }
        return state.lossSum / Double(max(1, steps))
    }

    /// Varied pictures, and what the network should say of them. Nothing here depends on threads or on what was before.
    private func batch(_ indices: [Int], epoch: Int, step: Int) -> (
        pictures: Tensor, targets: [[Double]], weights: [Float]
    ) {
        var pictures = assemble(indices) { index in
            var random = RandomSource(seed: configuration.seed, 4, UInt64(epoch), UInt64(index))
            let variation = Augmentation(configuration.augmentation, random: &random)
            return preprocessing.input(store.pictures[index], varied: variation)
        }
        var targets = indices.map { loss.target(label: store.pictures[$0].label) }
        var weights = indices.map { classWeights[store.pictures[$0].label] }
        let often = configuration.augmentation.mixing * configuration.augmentation.strength
        guard often > 0 else { return (pictures, targets, weights) }
        var random = RandomSource(seed: configuration.seed, 7, UInt64(epoch), UInt64(step))
        let plane = configuration.inputSize * configuration.inputSize
        let plain = (pictures.values, targets, weights)
        for index in indices.indices {
            let (draw, part) = (random.unit(), 0.5 + 0.5 * random.unit())
            guard draw < often else { continue }
            let other = (index + 1) % indices.count
            for place in 0..<plane {
                pictures.values[index * plane + place] =
                    part * plain.0[index * plane + place] + (1 - part) * plain.0[other * plane + place]
            }
            targets[index] = zip(plain.1[index], plain.1[other]).map { Double(part) * $0 + Double(1 - part) * $1 }
            weights[index] = part * plain.2[index] + (1 - part) * plain.2[other]
        }
        return (pictures, targets, weights)
    }

    /// Pictures side by side: `[indices, 1, S, S]`.
    private func assemble(_ indices: [Int], _ input: (Int) -> [Float]) -> Tensor {
        let size = configuration.inputSize
        let parts = parallel.map(indices.count) { input(indices[$0]) }
        return Tensor(shape: [indices.count, 1, size, size], values: Array(parts.joined()))
    }

    // MARK: Validation

    /// The held-out pictures as the daemon prepares them.
    private func heldOut() throws(TrainingError) -> [[Float]] {
        var inputs: [[Float]] = []
        for index in split.validation { inputs.append(try store.input(index, configuration)) }
        return inputs
    }

    private mutating func validate(epoch: Int, trainingLoss: Double, _ held: [[Float]]) throws {
        let logits = try score(learner.average, held)
        let figures = heldFigures(logits)
        let isBetter: Bool =
            switch configuration.monitor {
            case .auroc: figures.auroc > state.bestAUROC || (figures.auroc == state.bestAUROC && isLower(figures.loss))
            case .loss: isLower(figures.loss)
            }
        if isBetter {
            (state.bestEpoch, state.bestAUROC, state.bestLoss) = (epoch, figures.auroc, figures.loss)
            best = learner.average
        }
        state.history.append(
            TrainingReport.Epoch(
                number: epoch, learningRate: schedule.rate(epoch: epoch, part: 1), trainingLoss: trainingLoss,
                validationLoss: figures.loss, validationAUROC: figures.auroc, isBest: isBetter))
        schedule.ended(isBest: isBetter)
        (state.stepsDone, state.lossSum) = (0, 0)
    }

    private func isLower(_ loss: Double) -> Bool { state.bestLoss.map { loss < $0 } ?? true }

    /// Logits `[N][K]` of prepared pictures, in full batches; the last is filled up with repetitions.
    private func score(_ weights: [Tensor], _ held: [[Float]]) throws -> [[Float]] {
        let size = configuration.batchSize
        var network = try TrainableNetwork(configuration, batch: size, purpose: .scoring)
        network.take(weights)
        let folded = network.graph.foldingNormalization()
        var logits: [[Float]] = []
        for begin in stride(from: 0, to: held.count, by: size) {
            let values = (begin..<begin + size).flatMap { held[min($0, held.count - 1)] }
            let shape = [size, 1, configuration.inputSize, configuration.inputSize]
            let tape = try folded.forward(Tensor(shape: shape, values: values), parallel: parallel)
            let rows = folded.value(of: folded.output, on: tape).values
            for row in 0..<min(size, held.count - begin) {
                logits.append(Array(rows[row * configuration.outputs..<(row + 1) * configuration.outputs]))
            }
        }
        return logits
    }

    /// Loss with every class weighing the same, and AUROC (of several classes the mean of each against the rest).
    private func heldFigures(_ logits: [[Float]]) -> (loss: Double, auroc: Double) {
        let labels = split.validation.map { store.pictures[$0].label }
        let plain = TrainingLoss(outputs: configuration.outputs, smoothing: 0)
        let counts = (0..<configuration.classCount).map { label in Double(labels.count { $0 == label }) }
        var (sum, weights) = (0.0, 0.0)
        for (row, label) in zip(logits, labels) {
            let weight = 1 / counts[label]
            sum += weight * plain.entropy(row.map { Double($0) }, plain.target(label: label))
            weights += weight
        }
        return (sum / weights, TrainingReport.meanAUROC(logits, labels))
    }
}
