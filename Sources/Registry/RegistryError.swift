/// Why the registry does not do what it was asked, or does not let a model work.
public enum RegistryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `REG-001`: the name is outside the safe alphabet.
    case notModelID
    /// `REG-002`: not a semantic version.
    case notVersion
    /// `REG-003`: the version is registered; what is registered is never replaced.
    case exists
    /// `REG-004`: no such version.
    case unknown
    /// `REG-005`: an artefact's bytes are not the ones that its name says.
    case changed(what: String)
    /// `REG-006`: an artefact is not in the registry's folder.
    case missing(what: String)
    /// `REG-007`: the model does not give the answers that its passport expects.
    case otherAnswers
    /// `REG-008`: the evaluation report cannot be used.
    case evaluation(why: String)
    /// `REG-009`: the model does not reach what the configuration asks for.
    case belowGates([String])
    /// `REG-010`: there is no evaluation report.
    case notEvaluated
    /// `REG-011`: the state of the version does not allow it.
    case wrongState(String)
    /// `REG-012`: no earlier version to go back to.
    case nothingEarlier
    /// `REG-013`: no version is in production.
    case noProduction
    /// `REG-014`: a file is larger than the registry takes.
    case tooLarge(limitMiB: Int)
    /// `REG-015`: the card lacks something that a registered model must have.
    case card(why: String)
    /// `REG-016`: an experiment cannot be as it was asked for.
    case experiment(why: String)
    /// `REG-017`: the passport or its contents are refused; the code inside says why.
    case passport(String)

    public var code: String {
        switch self {
        case .notModelID: "REG-001"
        case .notVersion: "REG-002"
        case .exists: "REG-003"
        case .unknown: "REG-004"
        case .changed: "REG-005"
        case .missing: "REG-006"
        case .otherAnswers: "REG-007"
        case .evaluation: "REG-008"
        case .belowGates: "REG-009"
        case .notEvaluated: "REG-010"
        case .wrongState: "REG-011"
        case .nothingEarlier: "REG-012"
        case .noProduction: "REG-013"
        case .tooLarge: "REG-014"
        case .card: "REG-015"
        case .experiment: "REG-016"
        case .passport: "REG-017"
        }
    }

    /// What was handed in is wrong, rather than forbidden now.
    public var isAboutData: Bool {
        switch self {
        case .notModelID, .notVersion, .unknown, .evaluation, .tooLarge, .card: true
        default: false
        }
    }

    public var description: String { "\(code): \(meaning)" }

    private var meaning: String {
        switch self {
        case .notModelID:
            "a model's name is 1 to 48 of a-z, 0-9 and '-', a letter first and no '-' last, e.g. cxr-pneumonia"
        case .notVersion: "a version is a semantic version, e.g. 1.2.3 or 1.2.3-rc.1, of at most 64 characters"
        case .exists: "this version is registered already, and is never replaced; give the new one another version"
        case .unknown: "no such version is registered; see `cxrgate model list`"
        case .changed(let what):
            "the \(what) was changed on disk; promote or roll back to another version, and register it anew"
        case .missing(let what): "the \(what) is not on disk; restore it from a backup, or register it anew"
        case .otherAnswers:
            "the model does not give the answers that its passport expects; do not use it on this machine"
        case .evaluation(let why): "the evaluation report cannot be used: \(why)"
        case .belowGates(let gates): "the evaluation does not pass: " + gates.joined(separator: "; ")
        case .notEvaluated:
            "the version has no evaluation report; register it anew, under another version, with --evaluation"
        case .wrongState(let state): "the version is \(state)"
        case .nothingEarlier: "there is no earlier production version to go back to"
        case .noProduction: "no model is in production; choose one with `cxrgate model promote`"
        case .tooLarge(let limit): "the file is larger than \(limit) MiB"
        case .card(let why): "the model card: \(why)"
        case .experiment(let why): why
        case .passport(let why): "the passport is refused: \(why)"
        }
    }

    /// Any error of a check, as one of this module.
    public init(reading error: any Error) {
        self = (error as? RegistryError) ?? .passport("\(error)")
    }
}
