import Registry

// What a model must show before it may speak.

extension ConfigurationTopic {
    static let modelGates = ConfigurationTopic(
        notes: [
            "model.gates": """
            What the evaluation report of a model must show before `cxrgate model promote` lets it speak; computed from \
            the cases of the report, at the threshold of the model card.
            """
        ],
        [
            .whole(
                "model.gates.cases", \.modelGates.cases, 1...1_000_000, unit: "cases", .restart, "Cases, at least."
            ).guarded,
            .number(
                "model.gates.auroc", \.modelGates.auroc, 0...1, .restart, "Area under the ROC curve, at least."
            ).guarded,
            .number("model.gates.sensitivity", \.modelGates.sensitivity, 0...1, .restart, "Sensitivity, at least.")
                .guarded,
            .number("model.gates.specificity", \.modelGates.specificity, 0...1, .restart, "Specificity, at least.")
                .guarded,
            .number(
                "model.gates.ece", \.modelGates.ece, 0...1, .restart,
                "Expected calibration error over ten bins of equal width, at most."
            ).guarded,
        ])
}
