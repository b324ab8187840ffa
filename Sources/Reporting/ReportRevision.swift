import DICOMCore

/// That a report is not the first of its study, and which one it takes the place of.
///
/// Source: PS3.3 C.17.2.3 (Predecessor Documents Sequence).
public struct ReportRevision: Hashable, Sendable {
    /// From 2.
    let number: Int
    let replaced: ReferencedObject
    /// When the replaced report was made, in the zone of the new one.
    let replacedAt: ReportTime

    /// Throws for a number below 2: a first report replaces nothing.
    public init(number: Int, replaced: ReferencedObject, replacedAt: ReportTime) throws(ReportingError) {
        guard number >= 2 else { throw .numberOutOfRange }
        self.number = number
        self.replaced = replaced
        self.replacedAt = replacedAt
    }

    /// `Revision 2, replaces 10:02.`, with the day where it is another one.
    func words(at time: ReportTime) -> String {
        let moment = replacedAt.readable
        let shown = replacedAt.date == time.date ? moment.dropFirst(11).prefix(5) : moment.prefix(16)
        return "Revision \(number), replaces \(shown)."
    }
}
