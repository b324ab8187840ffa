import Durability
import Foundation
import Journal
import ModelCard
import Registry

// The models: which there are, which one speaks, and who decided that.

extension Administration {
    /// The office, with the built-in model in it.
    private func office() throws -> ModelOffice {
        try modelOffice.prepare()
        return modelOffice
    }

    func listModels() throws -> JSONValue {
        _ = try office()
        return .array(try store.read { try ModelBook.all(in: $0) }.map(Self.describe))
    }

    /// Card, passport, figures, what it costs here, and its history.
    func showModel(_ request: AdministrationRequest) throws -> JSONValue {
        let office = try office()
        let entry = try modelEntry(request, orProduction: true)
        let steps = try store.read { try ModelBook.steps(of: entry.id, in: $0) }
            .filter { $0.text("version") == entry.version }
        var answer = Self.describe(entry)
        do {
            let passport = try office.verified(entry)
            answer = answer.with("passport", .string("signed and unchanged")).with(
                "origin", .string(passport.origin.rawValue)
            )
            .with("card", try JSONDecoder().decode(JSONValue.self, from: Data(passport.card.utf8)))
            .with("evaluation", try Self.json(passport.evaluation)).with(
                "weightsBytes", .number(passport.weights.bytes)
            )
            .with("knownAnswer", try Self.json(passport.knownAnswer))
        } catch let error as RegistryError {
            answer = answer.with("passport", .string("refused")).with("refusal", .string(error.description))
        }
        return answer.with(
            "history",
            .array(
                steps.map { row in
                    .object([
                        "at": .optional(row.integer("at")), "verb": .optional(row.text("verb")),
                        "actor": .optional(row.text("actor")),
                    ])
                }))
    }

    /// One piece of a file: base 64 in `data`; without `upload`, the first one.
    func uploadModel(_ request: AdministrationRequest) throws -> JSONValue {
        guard let bytes = Data(base64Encoded: try request.required("data")) else {
            throw GatewayError.badRequest("'data' is not base 64")
        }
        let added = try office().desk.add(Array(bytes), to: request.arguments["upload"])
        return .object(["upload": .string(added.name), "bytes": .number(added.size)])
    }

    func registerModel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        Self.describe(
            try office().register(
                card: try request.required("card"), weights: try request.required("weights"),
                evaluation: request.arguments["evaluation"], by: step(request, actor)))
    }

    /// Every version that is not retired, or one: signature, hashes, known answers, in the role where it works.
    func verifyModels(_ request: AdministrationRequest) throws -> JSONValue {
        let office = try office()
        let entries =
            request.arguments["id"] == nil
            ? try store.read { try ModelBook.all(in: $0) }.filter { $0.state != .retired } : [try modelEntry(request)]
        return .array(
            try entries.map { entry in
                var refusal: String?
                do {
                    try office.attempt(entry)
                } catch let error as DurabilityError {
                    throw error
                } catch {
                    refusal = RegistryError(reading: error).description
                }
                let found = refusal
                let now = clock.milliseconds()
                try committer.commit { transaction in
                    try ModelBook.remember(refusal: found, of: entry.passport, at: now, in: transaction)
                }
                return .object([
                    "id": .string(entry.id), "version": .string(entry.version), "state": .string(entry.state.rawValue),
                    "refusal": .optional(refusal),
                ])
            })
    }

    /// A version whose evaluation passes the gates speaks from the next study on.
    func promoteModel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let office = try office()
        let entry = try modelEntry(request)
        guard entry.state != .retired else { throw RegistryError.wrongState("retired") }
        let passport = try office.verified(entry)
        if passport.origin != .builtIn {
            guard let evaluation = passport.evaluation else { throw RegistryError.notEvaluated }
            let failures = office.gates.failures(evaluation)
            guard failures.isEmpty else { throw RegistryError.belowGates(failures) }
        }
        try office.attempt(entry)
        let step = try step(request, actor)
        return try change("model promote", step, actor: actor) { transaction in
            try ModelBook.promote(entry, by: step, in: transaction)
            return entry
        }
    }

    /// Back to the production before, or to the given one of the past: from the next study on.
    func rollBackModel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        let office = try office()
        let wanted = request.arguments["id"] == nil ? nil : try modelEntry(request)
        let step = try step(request, actor)
        return try change("model rollback", step, actor: actor) { transaction in
            let entry = try ModelBook.rollback(to: wanted, by: step, in: transaction)
            // Weights are not parsed here, and nobody waits for the analysis role: this has to be quick.
            _ = try office.verified(entry)
            return entry
        }
    }

    func retireModel(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        _ = try office()
        let entry = try modelEntry(request)
        let step = try step(request, actor)
        let note = event(
            .configurationChange, actor: actor,
            details: ["change": "model retire", "model": entry.title, "reason": step.reason ?? ""])
        try committer.commit { transaction in
            if let experiment = try Experiment.running(in: transaction), experiment.treatment.title == entry.title {
                throw RegistryError.experiment(why: "the version is in an experiment; stop it first")
            }
            try ModelBook.retire(entry, by: step, in: transaction)
            try transaction.owe(note)
        }
        return .object(["retired": .string(entry.title)])
    }

    /// What `status` says: the model that speaks.
    static func modelStatus(in transaction: borrowing Transaction) throws -> JSONValue {
        try ModelBook.production(in: transaction).map(describe) ?? .null
    }

    // MARK: Inside

    private func change(
        _ verb: String, _ step: ModelBook.Step, actor: String,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> ModelBook.Entry
    ) throws -> JSONValue {
        let chosen = Box<ModelBook.Entry?>(nil)
        let before = Box<ModelBook.Entry?>(nil)
        try committer.commit { [self] transaction in
            let was = try ModelBook.production(in: transaction)
            let entry = try body(transaction)
            let stopped = try Experiment.stop(why: verb, at: step.at, in: transaction)
            var details = ["change": verb, "model": entry.title, "sha256": entry.weights, "reason": step.reason ?? ""]
            details["from"] = was?.title
            details["stopped"] = stopped
            try transaction.owe(event(.configurationChange, actor: actor, details: details))
            chosen.value.withLock { $0 = entry }
            before.value.withLock { $0 = was }
        }
        wake(.analysis)
        return .object([
            "production": .optional(chosen.value.withLock { $0?.title }),
            "from": .optional(before.value.withLock { $0?.title }),
        ])
    }

    func step(_ request: AdministrationRequest, _ actor: String) throws -> ModelBook.Step {
        guard let reason = request.reason, !reason.isEmpty else {
            throw GatewayError.badRequest("\(request.verb) wants --reason")
        }
        return ModelBook.Step(actor: "administrator:\(actor)", reason: reason, at: clock.milliseconds())
    }

    func modelEntry(_ request: AdministrationRequest, orProduction: Bool = false) throws -> ModelBook.Entry {
        let id = request.arguments["id"]
        let version = request.arguments["version"]
        if orProduction, id == nil {
            guard let entry = try store.read({ try ModelBook.production(in: $0) }) else {
                throw RegistryError.noProduction
            }
            return entry
        }
        guard let id, let version else { throw GatewayError.badRequest("a model is named by its id and its version") }
        return try store.read { try ModelBook.find(id, version, in: $0) }
    }

    static func describe(_ entry: ModelBook.Entry) -> JSONValue {
        .object([
            "id": .string(entry.id), "version": .string(entry.version), "state": .string(entry.state.rawValue),
            "sha256": .string(entry.weights), "passportSHA256": .string(entry.passport),
            "made": .number(entry.registeredAt), "refusal": .optional(entry.refusal),
            "loadMilliseconds": entry.loadMilliseconds.map { .number($0) } ?? .null,
            "latencyMilliseconds": entry.latencyMilliseconds.map { .number($0) } ?? .null,
            "memoryBytes": .optional(entry.memoryBytes),
        ])
    }

    private static func json(_ value: some Encodable) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    }
}
