import Durability
import Foundation
import Registry

/// What an experiment has shown so far.
struct ExperimentResults {
    /// How many studies each arm has; in a shadow, how many were looked at by both models.
    let studies: JSONValue
    /// Per label: agreement, and where feedback is known, areas under the curve and the evidence for one model.
    let labels: [JSONValue]
    /// What a person may do now; nothing is done by itself.
    let advice: String

    init(_ experiment: Experiment, in transaction: borrowing Transaction) throws {
        let rows = try transaction.rows(
            "SELECT shadow.*, instance.study AS study FROM shadow JOIN instance ON instance.id = shadow.instance WHERE experiment = ?",
            .text(experiment.name))
        var arms: [String: JSONValue] = [:]
        for row in try transaction.rows(
            "SELECT arm, count(*) AS n FROM study_model WHERE experiment = ? GROUP BY arm", .text(experiment.name))
        {
            arms[row.text("arm") ?? "?"] = .optional(row.integer("n"))
        }
        let compared = Set(rows.compactMap { $0.text("study") }).count
        if experiment.mode == .shadow { arms["compared"] = .number(compared) }
        studies = .object(arms)
        let truths = try Truths(in: transaction)
        var isDecided = false
        labels = Dictionary(grouping: rows) { $0.text("label") ?? "" }.sorted { $0.key < $1.key }.map { label, rows in
            let comparison = LabelComparison(label: label, rows: rows, truths: truths)
            if comparison.evidence.isDecided(confidence: experiment.confidence) { isDecided = true }
            return comparison.json(confidence: experiment.confidence)
        }
        if experiment.mode == .split {
            advice = "compare the arms with feedback; the models looked at different patients"
        } else if isDecided {
            advice = "one model is right more often; stop, and promote or retire by hand"
        } else if compared >= experiment.minimumStudies {
            advice = "the number of studies is reached without a decision; stop, or go on"
        } else {
            advice = "go on: \(compared) of \(experiment.minimumStudies) studies"
        }
    }
}

/// What was really there, as far as somebody has said so.
struct Truths {
    private let known: [String: Bool]

    /// From what people have said is true.
    init(in transaction: borrowing Transaction) throws {
        var known: [String: Bool] = [:]
        for row in try transaction.rows("SELECT instance, finding, truth FROM feedback") {
            guard let instance = row.text("instance"), let finding = row.text("finding") else { continue }
            known["\(instance) \(finding)"] = row.integer("truth") != 0
        }
        self.known = known
    }

    func of(_ instance: String, _ label: String) -> Bool? { known["\(instance) \(label)"] }
}

/// Two models on one label.
private struct LabelComparison {
    let label: String
    var agreement = Agreement()
    var evidence = SequentialEvidence(treatmentWins: 0, controlWins: 0)
    var roc: PairedROC?
    var withTruth = 0

    init(label: String, rows: [Row], truths: Truths) {
        self.label = label
        var positive: [(control: Double, treatment: Double)] = []
        var negative: [(control: Double, treatment: Double)] = []
        var wins = (treatment: 0, control: 0)
        for row in rows {
            guard let control = row.real("control"), let treatment = row.real("treatment") else { continue }
            let decisions = (row.text("control_presence") == "present", row.text("treatment_presence") == "present")
            agreement.add(control: decisions.0, treatment: decisions.1)
            guard let truth = truths.of(row.text("instance") ?? "", label) else { continue }
            if truth { positive.append((control, treatment)) } else { negative.append((control, treatment)) }
            switch (decisions.0 == truth, decisions.1 == truth) {
            case (false, true): wins.treatment += 1
            case (true, false): wins.control += 1
            default: break
            }
        }
        withTruth = positive.count + negative.count
        evidence = SequentialEvidence(treatmentWins: wins.treatment, controlWins: wins.control)
        roc = PairedROC(positive: positive, negative: negative)
    }

    func json(confidence: Double) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return .object([
            "label": .string(label), "images": .number(agreement.images),
            "both": .number(agreement.both), "neither": .number(agreement.neither),
            "onlyControl": .number(agreement.onlyControl), "onlyTreatment": .number(agreement.onlyTreatment),
            "agreement": number(agreement.share),
            "agreementInterval": agreement.interval.map {
                .array([.number($0.lowerBound), .number($0.upperBound)])
            } ?? .null,
            "kappa": number(agreement.kappa), "withFeedback": .number(withTruth),
            "aurocControl": number(roc?.control), "aurocTreatment": number(roc?.treatment),
            "aurocP": number(roc?.pValue), "treatmentWins": .number(evidence.treatmentWins),
            "controlWins": .number(evidence.controlWins), "logEvidence": .number(evidence.logFactor),
            "decided": .bool(evidence.isDecided(confidence: confidence)),
        ])
    }
}
