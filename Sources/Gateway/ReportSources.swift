import DICOMCore
import Foundation
import Passage
import Reporting
import Watching

/// The images of a study, opened for its report: those with findings, and those without.
struct ReportSources {
    struct First {
        let instance: InstanceLookup
        let attributes: SourceAttributes
    }

    /// Whose patient and study the report is filed under.
    let first: First?
    private(set) var analysed: [AnalysedSource] = []
    /// Where among all images of the study each analysed one stands.
    private var places: [Int] = []
    /// Those that can be named in a report without a finding, and why there is none.
    private var declined: [(place: Int, image: AssessedImage)] = []
    /// When the last of the images without a finding came to its end.
    private(set) var changedAt: Int64 = 0

    init(_ contents: StudyContents, maker: ResultMaker) throws {
        var candidates: [(outcome: StudyContents.Outcome, first: First)] = []
        for (place, member) in contents.members.enumerated() {
            try maker.noteOpening(member.instance, for: "report")
            switch member.outcome {
            case .analysed:
                let source = try AnalysedSource(member.instance, house: maker.house, secrets: maker.secrets)
                analysed.append(source)
                places.append(place)
                candidates.append((member.outcome, First(instance: member.instance, attributes: source.attributes)))
            case .notPerformed(let state, let reason):
                guard let source = try Self.namable(member.instance, maker: maker) else { continue }
                let why = try NotPerformedReason(code: reason, reason: NotPerformed.words(state, reason: reason))
                declined.append((place, AssessedImage(image: source.image, outcome: .notPerformed(why))))
                changedAt = max(changedAt, member.instance.changedAt)
                candidates.append((member.outcome, First(instance: member.instance, attributes: source.attributes)))
            }
        }
        first = (candidates.first { $0.outcome == .analysed } ?? candidates.first)?.first
    }

    /// An image may be held or have failed because its header lacks what a reference needs. `nil` then; what a disk or the
    /// database cannot give today throws, so that the report waits for it.
    private static func namable(_ instance: InstanceLookup, maker: ResultMaker) throws -> OpenedSource? {
        do {
            return try OpenedSource(instance, secrets: maker.secrets)
        } catch {
            if JobFailure(reading: error).isTransient { throw error }
            maker.house.log(.imageNotNamed, LogFact("instance", RandomID(instance.id)), .error(error))
            return nil
        }
    }

    /// Everything that the report is made of, but for what it replaces; the images in the order of arrival.
    func input(names: ResultNames, identity: Reporting.ResultIdentity) throws -> ReportInput {
        guard let first else { throw JobFailure("FIL-017: no image of the study can be opened", isTransient: false) }
        var images = declined
        for (number, source) in analysed.enumerated() {
            let findings = try source.record.findings.findings.enumerated().map { index, finding in
                try names.finding(finding, at: index, of: source, number: number)
            }
            let image = AssessedImage(
                image: source.image, outcome: .findings(findings), view: try ViewStatement(source.record.facts),
                outsidePopulation: PopulationStatement.words(for: source.record.findings.remarks))
            images.append((places[number], image))
        }
        return ReportInput(
            source: first.attributes, images: images.sorted { $0.place < $1.place }.map(\.image),
            algorithm: try names.algorithm(), device: try names.device(), identity: identity)
    }
}
