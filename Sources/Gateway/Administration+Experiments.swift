import Durability
import Foundation
import Journal
import ModelCard
import Registry
import Sealing

// Experiments: a second model in the shadow, or, with a second person's consent, for a share of the patients.

extension Administration {
    /// A shadow starts at once. A split, where patients get reports of the second model, wants another person.
    func startExperiment(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let step = try step(request, caller.name)
        let wish = try wish(request.arguments)
        guard wish.mode == .split else { return try start(wish, by: step, approvedBy: nil, actor: caller.name) }
        return try askSecondPerson("model ab start", request.arguments, reason: request.reason, caller: caller)
    }

    /// A second person agreed to a split; everything is checked again as it is now.
    func experimentApproved(_ action: Action, by caller: Caller) throws -> JSONValue {
        let step = ModelBook.Step(
            actor: "administrator:\(action.requestedBy)", reason: action.reason, at: clock.milliseconds())
        return try start(try wish(action.arguments), by: step, approvedBy: caller.name, actor: action.requestedBy)
    }

    func stopExperiment(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let step = try step(request, actor)
        let stopped = Box<String?>(nil)
        try committer.commit { [self] transaction in
            guard let name = try Experiment.stop(why: "by hand", at: step.at, in: transaction) else {
                throw RegistryError.experiment(why: "no experiment runs")
            }
            let details = ["change": "model ab stop", "experiment": name, "reason": step.reason ?? ""]
            try transaction.owe(event(.configurationChange, actor: actor, details: details))
            stopped.value.withLock { $0 = name }
        }
        return .object(["stopped": .optional(stopped.value.withLock { $0 })])
    }

    /// Every experiment with what it has shown so far; counts and figures, nothing about a patient.
    func describeExperiments() throws -> JSONValue {
        let now = clock.milliseconds()
        return try store.read { transaction in
            .array(
                try Experiment.all(in: transaction).map { experiment in
                    let results = try ExperimentResults(experiment, in: transaction)
                    return .object([
                        "name": .string(experiment.name), "mode": .string(experiment.mode.rawValue),
                        "control": .string(experiment.control.title),
                        "treatment": .string(experiment.treatment.title),
                        "sharePercent": .number(Double(experiment.share) / 100),
                        "state": .string(
                            experiment.decides(at: now) ? "running" : experiment.isRunning ? "over" : "stopped"),
                        "stoppedWhy": .optional(experiment.stoppedWhy), "started": .number(experiment.startedAt),
                        "ends": .number(experiment.endsAt), "confidence": .number(experiment.confidence),
                        "minimumStudies": .number(experiment.minimumStudies), "studies": results.studies,
                        "labels": .array(results.labels), "advice": .string(results.advice),
                    ])
                })
        }
    }

    private func start(
        _ wish: Experiment.Wish, by step: ModelBook.Step, approvedBy: String?, actor: String
    ) throws -> JSONValue {
        // Its signature must hold now; whether it loads, analysis says when it is first needed.
        try modelOffice.attempt(wish.treatment)
        guard let key = try pseudonymise(.experiment, wish.name).first.flatMap({ Hexadecimal.bytes($0, count: 32) })
        else { throw GatewayError.keys("the experiment's key could not be made") }
        var details = [
            "change": "model ab start", "experiment": wish.name, "mode": wish.mode.rawValue,
            "model": wish.treatment.title, "share": "\(Double(wish.share) / 100) %", "reason": step.reason ?? "",
        ]
        details["approvedBy"] = approvedBy
        let note = event(.configurationChange, actor: actor, details: details)
        try committer.commit { transaction in
            if let running = try Experiment.running(in: transaction), !running.decides(at: step.at) {
                try Experiment.stop(why: "its time was over", at: step.at, in: transaction)
            }
            try Experiment.start(wish, key: key, at: step.at, in: transaction)
            try transaction.owe(note)
        }
        return .object([
            "started": .string(wish.name), "mode": .string(wish.mode.rawValue),
            "treatment": .string(wish.treatment.title), "sharePercent": .number(Double(wish.share) / 100),
        ])
    }

    private func wish(_ arguments: [String: String]) throws -> Experiment.Wish {
        func number(_ name: String, _ fallback: Double) throws -> Double {
            guard let text = arguments[name] else { return fallback }
            guard let value = Double(text), value.isFinite else {
                throw RegistryError.experiment(why: "--\(name) wants a number")
            }
            return value
        }
        try modelOffice.prepare()
        let request = AdministrationRequest("model ab start", arguments)
        guard let mode = Experiment.Mode(rawValue: arguments["mode"] ?? "shadow") else {
            throw RegistryError.experiment(why: "an experiment is a shadow or a split")
        }
        let percent = try number("share", 100)
        let parts = (percent * 100).rounded()
        guard (0...100).contains(percent), abs(parts - percent * 100) < 1e-6 else {
            throw RegistryError.experiment(why: "the share is 0 to 100 percent, in steps of 0.01")
        }
        let studies = try number("studies", 1000)
        guard studies == studies.rounded(), (1...1_000_000).contains(studies) else {
            throw RegistryError.experiment(why: "the number of studies is 1 to 1000000")
        }
        return try Experiment.Wish(
            name: try request.required("name"), mode: mode, treatment: try modelEntry(request), share: Int(parts),
            days: try number("days", 7), minimumStudies: Int(studies), confidence: try number("confidence", 0.95))
    }
}
