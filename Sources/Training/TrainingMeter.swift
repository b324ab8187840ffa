/// How fast a training is and how long it will take, from what happens and the time that a clock says.
public struct TrainingMeter: Sendable {
    private let epochs: Int
    private var begin: (seconds: Double, pictures: Int)?

    public init(epochs: Int) { self.epochs = epochs }

    /// The line to show after a step; `seconds` from any fixed point. The first step only starts the clock, because
    /// it pays for what comes once.
    public mutating func line(epoch: Int, pictures: Int, of: Int, loss: Double, seconds: Double) -> String {
        let total = (epoch - 1) * of + pictures
        guard let begin else {
            begin = (seconds, total)
            return "epoch \(epoch)/\(epochs)  \(pictures)/\(of)"
        }
        let took = seconds - begin.seconds
        guard took > 0, total > begin.pictures else { return "epoch \(epoch)/\(epochs)  \(pictures)/\(of)" }
        let rate = Double(total - begin.pictures) / took
        let left = Double(epochs * of - total) / rate
        return "epoch \(epoch)/\(epochs)  \(pictures)/\(of)  \(TrainingMeter.digits(rate)) pictures/s  "
            + "at most \(TrainingMeter.span(left)) left  loss \(TrainingMeter.digits(loss))"
    }

    static func digits(_ value: Double) -> String {
        guard value < 100 else { return "\(Int(value.rounded()))" }
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    static func span(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        if whole < 60 { return "\(whole) s" }
        return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }
}
