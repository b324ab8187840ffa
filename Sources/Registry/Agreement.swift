import Foundation

/// How often two models decide alike on the same images, and, where somebody has said what was there, which of them is
/// right more often.
public struct Agreement: Sendable, Hashable {
    /// Images on which both said the finding is present, both that it is not, only one of them.
    public var both = 0
    public var neither = 0
    public var onlyControl = 0
    public var onlyTreatment = 0

    public init() {}

    public mutating func add(control: Bool, treatment: Bool) {
        switch (control, treatment) {
        case (true, true): both += 1
        case (false, false): neither += 1
        case (true, false): onlyControl += 1
        case (false, true): onlyTreatment += 1
        }
    }

    public var images: Int { both + neither + onlyControl + onlyTreatment }

    /// Share of images with the same decision; `nil` without images.
    public var share: Double? { images == 0 ? nil : Double(both + neither) / Double(images) }

    /// Wilson's 95 % interval of ``share``. Source: Wilson, JASA 22 (1927) 209.
    public var interval: ClosedRange<Double>? {
        guard let share else { return nil }
        let n = Double(images)
        let z = 1.959963984540054
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return max(middle - half, 0)...min(middle + half, 1)
    }

    /// Cohen's kappa; `nil` where it is not defined (no images, or both models say the same of every image).
    public var kappa: Double? {
        guard let share else { return nil }
        let n = Double(images)
        let control = Double(both + onlyControl) / n
        let treatment = Double(both + onlyTreatment) / n
        let chance = control * treatment + (1 - control) * (1 - treatment)
        return chance == 1 ? nil : (share - chance) / (1 - chance)
    }
}

/// Evidence that one of two models is right more often, which may be looked at after every case: of the cases on which
/// exactly one was right, how many did the treatment win?
///
/// The evidence is a Bayes factor (uniform prior against one half). Under "no difference" it exceeds `1/α` at any time,
/// ever, with a probability of at most α; so an experiment may be ended when it does, however often one looks.
/// Source: Ville's inequality; Robbins, Ann. Math. Stat. 41 (1970) 1397.
public struct SequentialEvidence: Sendable, Hashable {
    /// Cases that only the treatment, or only the control, got right.
    public let treatmentWins: Int
    public let controlWins: Int

    public init(treatmentWins: Int, controlWins: Int) {
        self.treatmentWins = treatmentWins
        self.controlWins = controlWins
    }

    /// Natural logarithm of the Bayes factor: B(1+t, 1+c) · 2^(t+c).
    public var logFactor: Double {
        let (t, c) = (Double(treatmentWins), Double(controlWins))
        return Foundation.lgamma(1 + t) + Foundation.lgamma(1 + c) - Foundation.lgamma(2 + t + c) + (t + c)
            * Foundation.log(2)
    }

    /// Whether "no difference" may be given up at this confidence, 0.5…1.
    public func isDecided(confidence: Double) -> Bool { logFactor >= -Foundation.log(1 - confidence) }
}
