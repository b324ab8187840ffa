import Foundation
import Inference
import ModelCard

/// What trying a model showed: whether it loads and gives the known answers, and what that cost.
///
/// Weights are parsed only here: in the analysis role, which holds no key that signs and has no network; in a command
/// that works without a daemon, in its own process.
struct ModelTrial: Sendable, Codable, Hashable {
    /// What is to be tried.
    enum Subject: Sendable, Hashable {
        /// Uploads that nobody has signed for: names of the card and of the weights.
        case candidate(card: String, weights: String)
        /// A registered model, by the name of its passport.
        case passport(String)

        init?(_ text: String) {
            let words = text.split(separator: " ").map(String.init)
            switch (words.first, words.count) {
            case ("candidate", 3): self = .candidate(card: words[1], weights: words[2])
            case ("passport", 2): self = .passport(words[1])
            default: return nil
            }
        }

        var text: String {
            switch self {
            case .candidate(let card, let weights): "candidate \(card) \(weights)"
            case .passport(let name): "passport \(name)"
            }
        }
    }

    /// Stable code and words; `nil` if the model may work.
    var refusal: String?
    /// Per known picture, the probability of each label.
    var answers: [[Double]] = []
    var loadMilliseconds = 0.0
    var latencyMilliseconds = 0.0
    /// Resident memory that loading and looking added; 0 where the machine does not tell, or reused what was free.
    var memoryBytes: Int64 = 0

    /// Looks at the known pictures so often for the latency.
    private static let rounds = 5

    init(refusal: String) { self.refusal = refusal }

    private init() {}

    /// Loads the model and lets it look. Throws what the model lacks.
    static func load(_ package: ModelPackage) throws -> (classifier: Classifier, trial: ModelTrial) {
        var trial = ModelTrial()
        let before = residentBytes()
        let start = DispatchTime.now().uptimeNanoseconds
        let classifier = try Classifier(package)
        trial.answers = try classifier.knownAnswers()
        trial.loadMilliseconds = milliseconds(since: start)
        trial.memoryBytes = max(residentBytes() - before, 0)
        var times: [Double] = []
        for _ in 0..<rounds {
            let start = DispatchTime.now().uptimeNanoseconds
            _ = try classifier.knownAnswers()
            times.append(milliseconds(since: start) / Double(max(trial.answers.count, 1)))
        }
        trial.latencyMilliseconds = times.sorted()[times.count / 2]
        return (classifier, trial)
    }

    private static func milliseconds(since start: UInt64) -> Double {
        (Double(DispatchTime.now().uptimeNanoseconds - start) / 1e4).rounded() / 100
    }

    /// Source: proc(5), statm: the second field counts resident pages.
    private static func residentBytes() -> Int64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int64(fields[1]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
