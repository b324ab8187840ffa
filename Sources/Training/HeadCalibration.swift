import Foundation

/// Makes held-out logits honest by changing the last layer: Platt's scale and offset for one finding, a temperature for
/// several classes. Every class weighs the same. Sources: Platt 1999; Guo et al. 2017.
struct HeadCalibration {
    let scale: Double
    let offset: Double

    /// Leaves logits as they are.
    static let identity = HeadCalibration(scale: 1, offset: 0)

    init(scale: Double, offset: Double) {
        self.scale = scale
        self.offset = offset
    }

    init(_ scores: [TrainingReport.Score], _ labels: [Int], outputs: Int) {
        if outputs == 1 {
            let platt = Calibration(scores.map { $0.logits[0] }, labels.map { $0 == 1 })
            self.init(scale: platt.scale, offset: platt.offset)
        } else {
            self.init(scale: HeadCalibration.inverseTemperature(scores.map(\.logits), labels), offset: 0)
        }
    }

    /// The factor 0.05…20 of all logits with the least mean loss, by golden sections of its logarithm.
    static func inverseTemperature(_ logits: [[Float]], _ labels: [Int]) -> Double {
        let outputs = logits.first?.count ?? 2
        let loss = TrainingLoss(outputs: outputs, smoothing: 0)
        let counts = (0..<outputs).map { label in Double(max(1, labels.count { $0 == label })) }
        func mean(_ logarithm: Double) -> Double {
            let factor = exp(logarithm)
            return zip(logits, labels).reduce(0) { sum, pair in
                sum + loss.entropy(pair.0.map { Double($0) * factor }, loss.target(label: pair.1)) / counts[pair.1]
            }
        }
        let golden = (5.0.squareRoot() - 1) / 2
        var (low, high) = (log(0.05), log(20.0))
        for _ in 0..<60 {
            let (left, right) = (high - golden * (high - low), low + golden * (high - low))
            if mean(left) <= mean(right) { high = right } else { low = left }
        }
        return exp((low + high) / 2)
    }
}
