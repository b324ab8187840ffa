import Testing

@testable import Training

@Suite struct TrainingLossTests {
    /// Sigmoid and softmax, hard and smoothed labels, unequal weights: the gradient against central differences.
    @Test(arguments: [(1, Float(0)), (1, 0.2), (3, 0), (5, 0.1)])
    func theGradientAgreesWithFiniteDifferences(outputs: Int, smoothing: Float) {
        let loss = TrainingLoss(outputs: outputs, smoothing: smoothing)
        var random = RandomSource(seed: 12, UInt64(outputs))
        let logits = (0..<4 * outputs).map { _ in random.symmetric(3) }
        let targets = (0..<4).map { loss.target(label: $0 % max(2, outputs)) }
        let weights: [Float] = [1, 2, 0.5, 3]
        let gradient = loss(logits, targets: targets, weights: weights).gradient
        for index in logits.indices {
            var (above, below) = (logits, logits)
            above[index] += 0.01
            below[index] -= 0.01
            let step = Double(above[index]) - Double(below[index])
            let slope =
                (loss(above, targets: targets, weights: weights).value
                    - loss(below, targets: targets, weights: weights).value) / step
            #expect(abs(Double(gradient[index]) - slope) < 1e-4)
        }
    }

    @Test func theLossOfHugeLogitsIsFiniteAndOfCertaintyNone() {
        let sigmoid = TrainingLoss(outputs: 1, smoothing: 0)
        #expect(sigmoid([300], targets: [[0]], weights: [1]).value == 300)
        #expect(sigmoid([300], targets: [[1]], weights: [1]).value < 1e-100)
        let softmax = TrainingLoss(outputs: 3, smoothing: 0)
        #expect(softmax([500, 0, -500], targets: [softmax.target(label: 1)], weights: [1]).value == 500)
        #expect(softmax([.nan, 0, 0], targets: [softmax.target(label: 1)], weights: [1]).value.isNaN)
    }

    @Test func smoothedLabelsAddUpAndKeepTheirOrder() {
        for outputs in [2, 4] {
            let target = TrainingLoss(outputs: outputs, smoothing: 0.2).target(label: 1)
            #expect(abs(target.reduce(0, +) - 1) < 1e-7)
            #expect(target.indices.max { target[$0] < target[$1] } == 1)
        }
        #expect(abs(TrainingLoss(outputs: 1, smoothing: 0.2).target(label: 1)[0] - 0.9) < 1e-7)
    }

    @Test func theTemperatureUndoesAStretch() {
        // Labels drawn from the softmax of x; the model says 4 x.
        var random = RandomSource(seed: 3)
        let loss = TrainingLoss(outputs: 3, smoothing: 0)
        var (logits, labels): ([[Float]], [Int]) = ([], [])
        for _ in 0..<2000 {
            let row = (0..<3).map { _ in random.symmetric(2) }
            let chances = loss.probabilities(row.map { Double($0) })
            let draw = Double(random.unit())
            labels.append(draw < chances[0] ? 0 : draw < chances[0] + chances[1] ? 1 : 2)
            logits.append(row.map { $0 * 4 })
        }
        #expect(abs(HeadCalibration.inverseTemperature(logits, labels) - 0.25) < 0.04)
    }

    @Test func schedulesRiseFallAndKeepTheirFloor() {
        var configuration = TrainingConfiguration(dataDirectory: "")
        (configuration.epochs, configuration.learningRate, configuration.warmupEpochs) = (10, 1, 2)
        let cosine = RateSchedule(configuration)
        #expect(cosine.rate(epoch: 1, part: 0) == 0.01 && cosine.rate(epoch: 2, part: 0) == 0.5)
        #expect(cosine.rate(epoch: 3, part: 0) == 1)
        #expect(abs(cosine.rate(epoch: 10, part: 1) - 0.01) < 1e-6)
        configuration.schedule = .plateau
        (configuration.plateauPatience, configuration.plateauFactor, configuration.plateauFloor) = (2, 0.1, 0.05)
        var plateau = RateSchedule(configuration)
        plateau.ended(isBest: false)
        #expect(plateau.rate(epoch: 5, part: 0) == 1)
        plateau.ended(isBest: false)
        #expect(plateau.rate(epoch: 5, part: 0) == 0.1)
        for _ in 0..<2 { plateau.ended(isBest: false) }
        #expect(plateau.rate(epoch: 9, part: 0) == 0.05)
    }

    @Test func theMeterTellsRateAndTimeLeft() {
        var meter = TrainingMeter(epochs: 3)
        #expect(meter.line(epoch: 1, pictures: 32, of: 320, loss: 0.7, seconds: 100) == "epoch 1/3  32/320")
        // 64 pictures in two seconds; 864 are left.
        #expect(
            meter.line(epoch: 1, pictures: 96, of: 320, loss: 0.5, seconds: 102)
                == "epoch 1/3  96/320  32.00 pictures/s  at most 27 s left  loss 0.50")
        #expect(TrainingMeter.span(3725) == "1 h 2 min" && TrainingMeter.span(61) == "1 min 1 s")
    }
}
