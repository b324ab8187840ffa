/// How long each kind of data is kept, in days; counted from the last change of a study whose images have all come to
/// an end. Fractions are allowed.
public struct Retention: Sendable, Codable, Hashable {
    /// De-identified pixels: only to look again at what was found.
    public var pixelsDays = 30.0
    /// Findings, renderings and made results: the PACS has them.
    public var resultsDays = 30.0
    /// Identities, and with them the recall record: for as long a result can be taken back.
    public var identityDays = 365.0
    /// Rows of jobs that are done.
    public var jobsDays = 30.0

    public init() {}
}
