/// Why a header could not be de-identified, or a profile not be made. Holds no value of a header.
public enum DeidentificationError: String, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Full dates and modified dates exclude one another.
    case optionsContradict = "DEI-001"
    /// Sequences are nested more deeply than the scanner lets pass; this data set did not come through it.
    case tooDeep = "DEI-002"
    /// More UIDs than any header has; each costs a keyed hash and 44 bytes.
    case tooManyUIDs = "DEI-003"
    /// The profile shifts dates, and nobody gave a key to do it with.
    case noDateShift = "DEI-004"
    /// A rule of the site that cannot be read: `SELECTOR ACTION`.
    case ruleMalformed = "DEI-005"
    /// A rule that would keep a direct identifier, or touch what makes the object what it is.
    case ruleForbidden = "DEI-006"
    /// More rules than anybody can look through.
    case tooManyRules = "DEI-007"

    public var description: String {
        switch self {
        case .optionsContradict: "DEI-001: dates are either kept or shifted; choose one of the two options"
        case .tooDeep: "DEI-002: sequences are nested too deeply; parse the header within its limits first"
        case .tooManyUIDs: "DEI-003: the header names too many UIDs; hold it for a person to look at"
        case .noDateShift: "DEI-004: the profile shifts dates, but there is no key for it; load the pseudonym key"
        case .ruleMalformed:
            "DEI-005: a rule reads SELECTOR ACTION, e.g. '(0018,1030) remove', 'ProtocolName clean', 'VR:LT empty', "
                + "'(0019,ACME 1.0,02) keep'"
        case .ruleForbidden:
            "DEI-006: a rule may not keep a direct identifier, nor touch identification, pixel description or our marks"
        case .tooManyRules: "DEI-007: a profile has at most 500 rules"
        }
    }
}
