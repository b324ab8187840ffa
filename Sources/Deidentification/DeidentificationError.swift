/// Why a header could not be de-identified. Holds no value of it.
public enum DeidentificationError: String, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// The option has rows that ask for cleaning (action C), which the table alone cannot decide.
    case optionNeedsCleaning = "DEI-001"
    /// Sequences are nested more deeply than the scanner lets pass; this data set did not come through it.
    case tooDeep = "DEI-002"
    /// More UIDs than any header has; each costs a keyed hash and 44 bytes.
    case tooManyUIDs = "DEI-003"

    public var description: String {
        switch self {
        case .optionNeedsCleaning: "DEI-001: this option needs cleaning of values; choose one that only retains"
        case .tooDeep: "DEI-002: sequences are nested too deeply; parse the header within its limits first"
        case .tooManyUIDs: "DEI-003: the header names too many UIDs; hold it for a person to look at"
        }
    }
}
