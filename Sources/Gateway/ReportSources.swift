import DICOMCore
import Foundation
import Passage
import Reporting

/// The images of a study, opened for its report: those with findings, and those without.
struct ReportSources {
    struct First {
        let instance: InstanceLookup
        let attributes: SourceAttributes
    }

    /// Whose patient and study the report is filed under.
    let first: First?
    private(set) var analysed: [AnalysedSource] = []
    private var declined: [DeclinedImage] = []
    /// When the last of the images without a finding came to its end.
    private(set) var changedAt: Int64 = 0

    init(_ contents: StudyContents, maker: ResultMaker) throws {
        var candidates: [(outcome: StudyContents.Outcome, first: First)] = []
        for member in contents.members {
            try maker.noteOpening(member.instance, for: "report")
            switch member.outcome {
            case .analysed:
                let source = try AnalysedSource(member.instance, house: maker.house, secrets: maker.secrets)
                analysed.append(source)
                candidates.append((member.outcome, First(instance: member.instance, attributes: source.attributes)))
            case .notPerformed(let state, let reason):
                // An image may be held or have failed because its header lacks what a reference needs.
                guard let source = try? OpenedSource(member.instance, secrets: maker.secrets) else {
                    maker.house.log.notice(
                        "an image without a finding cannot be named in a report",
                        metadata: ["instance": .string(member.instance.id)])
                    continue
                }
                declined.append(
                    DeclinedImage(image: source.image, reason: NotPerformed.words(state, reason: reason)))
                changedAt = max(changedAt, member.instance.changedAt)
                candidates.append((member.outcome, First(instance: member.instance, attributes: source.attributes)))
            }
        }
        first = (candidates.first { $0.outcome == .analysed } ?? candidates.first)?.first
    }

    /// Everything that the report is made of, but for what it replaces.
    func input(names: ResultNames, identity: Reporting.ResultIdentity) throws -> ReportInput {
        guard let first else { throw JobFailure("FIL-017: no image of the study can be opened", isTransient: false) }
        guard let facts = analysed.first?.record.facts else {
            return ReportInput(
                source: first.attributes, images: declined.map(\.image),
                outcome: .notPerformed(reason: unique(declined.map(\.reason)).joined(separator: "; ")),
                algorithm: try names.algorithm(), device: try names.device(), identity: identity)
        }
        var findings: [FindingInput] = []
        for (number, source) in analysed.enumerated() {
            for (index, finding) in source.record.findings.findings.enumerated() {
                findings.append(try names.finding(finding, at: index, of: source, number: number))
            }
        }
        let view =
            facts.viewSource == .none
            ? try ViewStatement.assumed("frontal")
            : try ViewStatement(view: facts.viewPosition.rawValue, origin: facts.viewSource.attribute)
        var input = ReportInput(
            source: first.attributes, images: analysed.map(\.image), outcome: .findings(findings),
            algorithm: try names.algorithm(), device: try names.device(), identity: identity, view: view,
            outsidePopulation: PopulationStatement.words(for: analysed.flatMap { $0.record.findings.remarks }))
        input.declined = declined
        return input
    }

    private func unique(_ words: [String]) -> [String] {
        words.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
