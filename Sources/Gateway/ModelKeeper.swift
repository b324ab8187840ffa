import Durability
import Foundation
import Inference
import Journal
import ModelCard
import Registry
import Sealing
import Synchronization
import Watching

/// The models of the analysis role: verifies each passport and its weights before a model works, remembers a few that
/// are loaded, and says which one speaks of a study.
final class ModelKeeper: Sendable {
    /// A model that may work.
    struct Loaded: Sendable {
        private let usual: ImageAssessor
        private let settings: LiveConfiguration

        init(_ classifier: Classifier, settings: LiveConfiguration) {
            usual = ImageAssessor(classifier: classifier, rule: Self.rule(classifier.card, settings.current))
            self.settings = settings
        }

        var card: ModelCard { usual.classifier.card }

        /// Judges by the configuration of this moment.
        var assessor: ImageAssessor {
            var assessor = usual
            assessor.rule = Self.rule(card, settings.current)
            return assessor
        }

        private static func rule(_ card: ModelCard, _ configuration: GatewayConfiguration) -> EligibilityRule {
            EligibilityRule(
                population: card.population, policy: configuration.population, image: configuration.imagePolicy)
        }
    }

    /// The model that a study needs may not work.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
        /// Only this study needs it; others have another.
        let isOfStudyAlone: Bool
    }

    private enum Source: Sendable {
        case shelf(VerifyingKey)
        case fixed(Loaded, StudyBinding)
    }

    private let house: RoleHouse
    private let source: Source
    /// By passport, the one used last behind.
    private let loaded = Mutex<[(passport: String, model: Loaded)]>([])

    /// Production, the one before it, and an experiment's second: more would only hold memory.
    private static let loadedLimit = 3

    /// - Parameter key: verifies passports.
    init(house: RoleHouse, key: VerifyingKey) {
        self.house = house
        source = .shelf(key)
    }

    /// One model for every study, without a registry.
    init(house: RoleHouse, only package: ModelPackage) throws {
        self.house = house
        let card = package.card
        source = .fixed(
            Loaded(try Classifier(package), settings: house.settings),
            StudyBinding(id: card.id, version: card.version, weights: card.sha256, passport: ""))
    }

    private var shelf: ModelShelf { ModelShelf(folder: house.directory.models, disk: house.disk) }

    /// The model of an instance's study, which has it for good from here on. Throws ``Refusal``.
    func model(for instance: InstanceLookup) throws -> Loaded {
        let now = house.clock.milliseconds()
        if case .fixed(let model, let binding) = source {
            _ = try bind(binding, instance, now)
            return model
        }
        let (bound, wanted) = try house.store.read { transaction in
            let bound = try StudyBinding.find(instance.study, in: transaction)
            return (bound, try bound ?? Self.choose(for: instance, at: now, in: transaction))
        }
        guard let wanted else {
            throw Refusal(description: RegistryError.noProduction.description, isOfStudyAlone: false)
        }
        let model = try use(wanted.passport, isOfStudyAlone: bound != nil)
        if bound != nil { return model }
        // Another image of the study may have been quicker.
        let settled = try bind(wanted, instance, now)
        return settled.passport == wanted.passport ? model : try use(settled.passport, isOfStudyAlone: true)
    }

    /// The second model of a running shadow, if this patient is in it and the study has the control.
    func shadow(for instance: InstanceLookup) throws -> (experiment: String, model: Loaded)? {
        guard case .shelf = source else { return nil }
        let now = house.clock.milliseconds()
        let found = try house.store.read { transaction -> Experiment? in
            guard let experiment = try Experiment.running(in: transaction), experiment.mode == .shadow,
                experiment.decides(at: now),
                try StudyBinding.find(instance.study, in: transaction)?.passport == experiment.control.passport
            else { return nil }
            return experiment
        }
        guard let found, try found.assignment.arm(of: Self.pseudonym(of: instance)) == .treatment else { return nil }
        return (found.name, try use(found.treatment.passport, isOfStudyAlone: true))
    }

    /// Looks at every model that is not retired; the one in production first, and loads it.
    func checkAll() {
        do {
            let entries = try house.store.read { try ModelBook.all(in: $0) }.filter { $0.state != .retired }
            for entry in entries where entry.state == .production {
                _ = try? use(entry.passport, isOfStudyAlone: false)
            }
            for entry in entries where entry.state != .production {
                do {
                    _ = try open(entry.passport)
                    try remember(nil, of: entry.passport)
                } catch let error as RegistryError {
                    try remember(error.description, of: entry.passport)
                }
            }
        } catch {
            house.log(.modelsNotChecked, .error(error))
        }
    }

    /// Tries a model that the supervisor asks about. Never throws: the refusal is the answer.
    func tried(_ subject: ModelTrial.Subject) -> ModelTrial {
        do {
            switch subject {
            case .candidate(let card, let weights):
                let desk = UploadDesk(house.directory)
                return try ModelTrial.load(
                    ModelPackage(card: try desk.read(card), onnx: try desk.read(weights))
                ).trial
            case .passport(let name): return try load(name)
            }
        } catch {
            return ModelTrial(refusal: "\(error)")
        }
    }

    // MARK: Inside

    static func pseudonym(of instance: InstanceLookup) -> String {
        instance.patient.isEmpty ? instance.study : instance.patient
    }

    private static func choose(
        for instance: InstanceLookup, at now: Int64, in transaction: borrowing Transaction
    ) throws -> StudyBinding? {
        if let experiment = try Experiment.running(in: transaction), experiment.mode == .split,
            experiment.decides(at: now)
        {
            let arm = try experiment.assignment.arm(of: pseudonym(of: instance))
            return StudyBinding(
                arm == .treatment ? experiment.treatment : experiment.control, experiment: experiment.name, arm: arm)
        }
        return try ModelBook.production(in: transaction).map { StudyBinding($0) }
    }

    private func bind(_ binding: StudyBinding, _ instance: InstanceLookup, _ now: Int64) throws -> StudyBinding {
        let settled = Box<StudyBinding?>(nil)
        let study = instance.study
        try house.committer.commit { transaction in
            let bound = try binding.bind(study, at: now, in: transaction)
            settled.value.withLock { $0 = bound }
        }
        return settled.value.withLock { $0 } ?? binding
    }

    /// A model that is loaded, or is now.
    private func use(_ passport: String, isOfStudyAlone: Bool) throws -> Loaded {
        if let model = loadedNow(passport) { return model }
        do {
            _ = try load(passport)
        } catch let error as DiskError {
            throw error
        } catch let error as DurabilityError {
            throw error
        } catch {
            throw Refusal(description: "\(error)", isOfStudyAlone: isOfStudyAlone)
        }
        guard let model = loadedNow(passport) else {
            throw Refusal(description: RegistryError.unknown.description, isOfStudyAlone: isOfStudyAlone)
        }
        return model
    }

    private func loadedNow(_ passport: String) -> Loaded? {
        loaded.withLock { loaded in
            guard let place = loaded.firstIndex(where: { $0.passport == passport }) else { return nil }
            let found = loaded.remove(at: place)
            loaded.append(found)
            return found.model
        }
    }

    private func open(_ passport: String) throws -> (SignedPassport, ModelPackage) {
        guard case .shelf(let key) = source else { throw RegistryError.unknown }
        return try shelf.load(passport: passport, key: key)
    }

    /// Verifies, loads, lets the model answer, and remembers what came of it.
    private func load(_ name: String) throws -> ModelTrial {
        do {
            let (passport, package) = try open(name)
            let (classifier, trial) = try ModelTrial.load(package)
            guard try classifier.passes(passport.passport.knownAnswer) else { throw RegistryError.otherAnswers }
            let model = Loaded(classifier, settings: house.settings)
            loaded.withLock { loaded in
                loaded.removeAll { $0.passport == name }
                loaded.append((name, model))
                if loaded.count > Self.loadedLimit { loaded.removeFirst(loaded.count - Self.loadedLimit) }
            }
            try remember(nil, of: name)
            try house.store.write { transaction in
                try ModelBook.remember(
                    loadMilliseconds: trial.loadMilliseconds, latencyMilliseconds: trial.latencyMilliseconds,
                    memoryBytes: trial.memoryBytes, of: name, in: transaction)
            }
            return trial
        } catch {
            if !(error is DiskError), !(error is DurabilityError) { try remember("\(error)", of: name) }
            throw error
        }
    }

    /// A refusal that is new is said in the log and in the journal, once.
    private func remember(_ refusal: String?, of passport: String) throws {
        let before = try house.store.read { transaction in
            try transaction.row("SELECT id, version, refusal FROM model WHERE passport = ?", .text(passport))
        }
        guard let before, before.text("refusal") != refusal else { return }
        let title = "\(before.text("id") ?? "") \(before.text("version") ?? "")"
        let now = house.clock.milliseconds()
        let house = house
        try house.committer.commit { transaction in
            try ModelBook.remember(refusal: refusal, of: passport, at: now, in: transaction)
            guard let refusal else { return }
            try transaction.owe(
                house.event(
                    .refuse, outcome: String(refusal.prefix { $0 != ":" }), details: ["what": "model", "model": title]))
        }
        if let refusal {
            house.log(
                .modelRefused, LogFact("model", OwnWords(withoutPatientData: title)),
                LogFact("why", OwnWords(withoutPatientData: refusal)))
        }
    }
}
