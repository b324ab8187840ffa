import Durability
import Foundation
import Inference
import Journal
import ModelCard
import Registry
import Sealing
import Synchronization

/// Registers models and signs their passports: in the supervisor, which holds the key and never parses weights, or in a
/// command that works alone on the locked data directory.
final class ModelOffice: Sendable {
    /// Tries a model where weights may be parsed; `nil` if nobody answers.
    typealias Try = @Sendable (ModelTrial.Subject) throws -> ModelTrial

    let directory: DataDirectory
    let store: Store
    let committer: Committer
    let clock: GatewayClock
    let desk: UploadDesk
    let gates: PromotionGates
    private let tryModel: Try?
    /// Lets the roles read what is new, where they have users of their own.
    private let share: @Sendable () throws -> Void
    private let isReady = Mutex(false)

    /// Labels of a model: a chest radiograph model with more would outgrow the report.
    private static let labelLimit = 32

    /// - Parameter tryModel: `nil` to try models in this process.
    init(
        configuration: GatewayConfiguration, directory: DataDirectory, store: Store, committer: Committer,
        clock: GatewayClock, tryModel: Try? = nil
    ) {
        self.directory = directory
        self.store = store
        self.committer = committer
        self.clock = clock
        self.tryModel = tryModel
        desk = UploadDesk(directory)
        gates = configuration.modelGates
        share = { try configuration.roleUsers?.openModels(directory) }
    }

    var shelf: ModelShelf { ModelShelf(folder: directory.models, disk: RealDisk()) }

    /// Makes the key, takes the built-in model in, puts it in production at the very first start, and takes passports
    /// back in that lie on disk without a row: a database that was lost does not make an empty registry. Then nobody
    /// knows what was in production, and a person has to say it again.
    func prepare() throws {
        try isReady.withLock { isReady in
            if isReady { return }
            let key = try KeyRing.modelsKey(in: directory.keys)
            try desk.clear()
            let builtIn = try ModelPackage.builtIn()
            let rows = try store.read { try ModelBook.all(in: $0) }
            let known = Set(rows.map(\.passport))
            let strays = try shelf.passports().filter { !known.contains($0) }.compactMap { name in
                // What does not verify is no model; it is left for a person to look at.
                try? (name: name, signed: shelf.load(passport: name, key: key.verifyingKey).passport)
            }
            for stray in strays where stray.signed.passport.weights.sha256 != builtIn.card.sha256 {
                try insert(stray.signed.passport, named: stray.name, promoting: false, why: "found on disk")
            }
            let isThere = rows.contains { $0.id == builtIn.card.id && $0.version == builtIn.card.version }
            if !isThere {
                let isFirst = rows.isEmpty && strays.allSatisfy { $0.signed.passport.origin == .builtIn }
                let trial = try ModelTrial.load(builtIn).trial
                let (passport, name) = try sign(
                    builtIn, card: String(decoding: ModelPackage.builtInCard, as: UTF8.self), origin: .builtIn,
                    answers: trial.answers, evaluation: nil, key: key)
                try insert(passport, named: name, promoting: isFirst, why: "built in")
            }
            isReady = true
        }
    }

    /// Takes a model in. Throws what is wrong with it; then nothing of it is registered.
    func register(
        card cardUpload: String, weights weightsUpload: String, evaluation evaluationUpload: String?,
        by step: ModelBook.Step
    ) throws -> ModelBook.Entry {
        defer { desk.discard([cardUpload, weightsUpload] + (evaluationUpload.map { [$0] } ?? [])) }
        let cardBytes = try desk.read(cardUpload)
        guard let cardText = String(validating: cardBytes, as: UTF8.self) else { throw ModelCardError.unreadable }
        let package = try ModelPackage(card: cardBytes, onnx: try desk.read(weightsUpload))
        try Self.check(package.card)
        let card = package.card
        guard
            try store.read({
                try $0.row(
                    "SELECT 1 FROM model WHERE id = ? AND version = ?", .text(card.id), .text(card.version))
            }) == nil
        else { throw RegistryError.exists }
        var evaluation: Passport.Evaluation?
        var reportBytes: [UInt8] = []
        if let evaluationUpload {
            reportBytes = try desk.read(evaluationUpload)
            let report = try EvaluationReport(reportBytes, about: package)
            let label = card.labels.first { $0.name == report.label }
            evaluation = try report.figures(threshold: label?.threshold ?? 0.5)
        }
        try share()
        let trial = try attempt(.candidate(card: cardUpload, weights: weightsUpload), package)
        if !reportBytes.isEmpty { _ = try shelf.keep(reportBytes, as: .evaluation) }
        let (passport, name) = try sign(
            package, card: cardText, origin: .site, answers: trial.answers, evaluation: evaluation,
            key: try KeyRing.modelsKey(in: directory.keys))
        try insert(passport, named: name, by: step, measured: trial)
        return try store.read { try ModelBook.find(card.id, card.version, in: $0) }
    }

    /// Reads and verifies a registered model: signature, hashes, card.
    func verified(_ entry: ModelBook.Entry) throws -> Passport {
        guard let key = try KeyRing.modelsVerifyingKey(in: directory.keys) else {
            throw RegistryError.passport("MOD-006: there is no key to verify it with")
        }
        return try shelf.load(passport: entry.passport, key: key).passport.passport
    }

    /// Lets a registered model be tried where it will work. Throws what it refuses.
    @discardableResult
    func attempt(_ entry: ModelBook.Entry) throws -> ModelTrial {
        guard let key = try KeyRing.modelsVerifyingKey(in: directory.keys) else {
            throw RegistryError.missing(what: "key")
        }
        let (signed, package) = try shelf.load(passport: entry.passport, key: key)
        let trial = try attempt(.passport(entry.passport), package)
        if tryModel == nil {
            let wanted = signed.passport.knownAnswer
            let isSame = zip(trial.answers.joined(), wanted.probabilities.joined()).allSatisfy {
                abs($0 - $1) <= wanted.tolerance
            }
            guard isSame, trial.answers.map(\.count) == wanted.probabilities.map(\.count) else {
                throw RegistryError.otherAnswers
            }
        }
        return trial
    }

    private func attempt(_ subject: ModelTrial.Subject, _ package: ModelPackage) throws -> ModelTrial {
        let trial = try tryModel.map { try $0(subject) } ?? ModelTrial.load(package).trial
        if let refusal = trial.refusal { throw RegistryError.passport(refusal) }
        return trial
    }

    /// What a card must have beyond what every card has.
    static func check(_ card: ModelCard) throws(RegistryError) {
        guard ModelID(card.id) != nil else { throw .notModelID }
        guard SemanticVersion(card.version) != nil else { throw .notVersion }
        guard (1...labelLimit).contains(card.labels.count) else { throw .card(why: "1 to \(labelLimit) labels") }
        guard Set(card.labels.map(\.name)).count == card.labels.count else {
            throw .card(why: "two labels have one name")
        }
        guard card.labels.allSatisfy({ $0.code.count == 3 && $0.code[1] == "SCT" && isSNOMED($0.code[0]) }) else {
            throw .card(why: "each label needs a SNOMED CT code: [\"233604007\", \"SCT\", \"Pneumonia\"]")
        }
        guard card.input.std.isFinite, card.input.std > 0, card.input.mean.isFinite else {
            throw .card(why: "mean and std are finite, and std is above 0")
        }
        guard (0...150).contains(card.population.minimumAgeYears),
            (card.population.minimumAgeYears...150).contains(card.population.maximumAgeYears),
            !card.population.views.isEmpty
        else { throw .card(why: "the population needs ages, lowest first, and at least one view") }
    }

    /// Digits of a plausible length with their check digit. Source: SNOMED CT, SCTID: Verhoeff.
    static func isSNOMED(_ text: String) -> Bool {
        guard (6...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        var sum = 0
        for (place, digit) in text.utf8.reversed().enumerated() {
            sum = Verhoeff.product(sum, Verhoeff.permuted(Int(digit) - 0x30, times: place))
        }
        return sum == 0
    }

    private func sign(
        _ package: ModelPackage, card: String, origin: Passport.Origin, answers: [[Double]],
        evaluation: Passport.Evaluation?, key: SigningKey
    ) throws -> (passport: Passport, name: String) {
        let passport = Passport(
            package: package, card: card, origin: origin,
            knownAnswer: Passport.KnownAnswer.of(answers), evaluation: evaluation, registeredAt: clock.milliseconds())
        _ = try shelf.keep(package.onnx, as: .weights)
        let name = try shelf.keep(Array(SignedPassport(passport, key: key).text.utf8), as: .passport)
        try share()
        return (passport, name)
    }

    private func insert(_ passport: Passport, named name: String, promoting: Bool, why: String) throws {
        do {
            try insert(
                passport, named: name, by: ModelBook.Step(actor: "supervisor", reason: nil, at: clock.milliseconds()),
                promoting: promoting, why: why)
        } catch RegistryError.exists {
            // Another process was quicker; what it registered stands.
            return
        }
    }

    private func insert(
        _ passport: Passport, named name: String, by step: ModelBook.Step, promoting: Bool = false, why: String? = nil,
        measured: ModelTrial? = nil
    ) throws {
        var details = [
            "change": "model register", "model": passport.title, "sha256": passport.weights.sha256,
            "passport": name, "origin": passport.origin.rawValue,
        ]
        details["why"] = why
        details["reason"] = step.reason
        let event = JournalEvent(kind: .configurationChange, at: step.at, actor: step.actor, details: details)
        let promotion = JournalEvent(
            kind: .configurationChange, at: step.at, actor: step.actor,
            details: ["change": "model promote", "model": passport.title, "why": "the first model"])
        try committer.commit { transaction in
            try ModelBook.register(passport, named: name, by: step, in: transaction)
            try transaction.owe(event)
            if let measured {
                try ModelBook.remember(
                    loadMilliseconds: measured.loadMilliseconds, latencyMilliseconds: measured.latencyMilliseconds,
                    memoryBytes: measured.memoryBytes, of: name, in: transaction)
            }
            guard promoting else { return }
            let entry = try ModelBook.find(passport.id, passport.version, in: transaction)
            try ModelBook.promote(entry, by: step, in: transaction)
            try transaction.owe(promotion)
        }
    }
}
