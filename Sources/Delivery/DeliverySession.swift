import DICOMCore
import DICOMStream
import DICOMToolkit
import Passage

/// One association with a destination: asks, sends, asks for commitment. Used on one thread.
public struct DeliverySession: ~Copyable {
    private let association: RequestedAssociation
    private let reportClass: UID?

    /// The SR classes in the order of preference: the plainer ones for destinations that know no better.
    public static let reportClasses = [SOPClass.comprehensive3DSR, SOPClass.comprehensiveSR, SOPClass.enhancedSR]

    /// Opens it, proposing everything that may be needed. Throws why it could not.
    public init(to peer: Peer, sopClasses: Set<UID>, asksQueries: Bool, asksCommitment: Bool) throws(ToolkitError) {
        var wanted = sopClasses
        if !wanted.isDisjoint(with: Self.reportClasses) { wanted.formUnion(Self.reportClasses) }
        var contexts = wanted.sorted().map { ProposedContext($0, .explicitVRLittleEndian) }
        if asksQueries { contexts += ProposedContext.plain(SOPClass.studyRootQueryFind) }
        if asksCommitment { contexts += ProposedContext.plain(SOPClass.storageCommitmentPushModel) }
        let opened = try RequestedAssociation(to: peer, contexts: contexts)
        reportClass = Self.firstAccepted(opened)
        association = opened
    }

    private static func firstAccepted(_ association: borrowing RequestedAssociation) -> UID? {
        for each in reportClasses
        where association.refusal(of: ProposedContext(each, .explicitVRLittleEndian)) == nil { return each }
        return nil
    }

    /// The best SR class that the destination accepted; `nil` if none, or if none was proposed.
    public var acceptedReportClass: UID? { reportClass }

    /// Whether it takes objects of this class from us.
    public borrowing func takes(_ sopClass: UID) -> Bool {
        association.refusal(of: ProposedContext(sopClass, .explicitVRLittleEndian)) == nil
    }

    /// Whether it answers queries.
    public var takesQueries: Bool { association.accepted(SOPClass.studyRootQueryFind) != nil }

    /// Whether it takes requests for commitment.
    public var takesCommitment: Bool { association.accepted(SOPClass.storageCommitmentPushModel) != nil }

    /// Asks whether study, patient, accession and images agree. Throws what kept it from answering.
    public borrowing func agreement(about identity: DeliveryIdentity) throws -> Agreement {
        guard let syntax = association.accepted(SOPClass.studyRootQueryFind) else { return .cannotBeAsked }
        return try identity.values.withDisclosed(for: .reidentification) { values in
            guard let studies = try answers(to: StudyQuery.study(values), in: syntax) else { return .cannotBeAsked }
            guard let differences = StudyQuery.differences(of: studies, from: values) else { return .lacksImages }
            guard differences.isEmpty else { return .differs(differences) }
            var rest = values.instances[...]
            while !rest.isEmpty {
                let part = rest.prefix(StudyQuery.instancesPerQuestion)
                rest = rest.dropFirst(part.count)
                guard let images = try answers(to: StudyQuery.images(values, part), in: syntax) else {
                    return .agrees(imagesAsked: false)
                }
                let there = Set(images.compactMap { $0.uid(.sopInstanceUID) })
                guard there.isSuperset(of: part) else { return .lacksImages }
            }
            return .agrees(imagesAsked: !values.instances.isEmpty)
        }
    }

    /// Those of some instances that the destination has, whatever their study. Throws what kept it from answering.
    public borrowing func held(_ instances: [UID]) throws -> Set<UID> {
        guard let syntax = association.accepted(SOPClass.studyRootQueryFind) else { return [] }
        var found: Set<UID> = []
        var rest = instances[...]
        while !rest.isEmpty {
            let part = rest.prefix(StudyQuery.instancesPerQuestion)
            rest = rest.dropFirst(part.count)
            let answers = try answers(to: StudyQuery.instances(part), in: syntax) ?? []
            found.formUnion(answers.compactMap { $0.uid(.sopInstanceUID) })
        }
        return found.intersection(instances)
    }

    /// The answers to one question; `nil` if the destination does not do such questions.
    private borrowing func answers(to question: DataSet, in syntax: TransferSyntax) throws -> [DataSet]? {
        let identifier = DataSetWriter.write(question, transferSyntax: syntax)
        let found = try association.find(SOPClass.studyRootQueryFind, identifier: identifier, in: syntax)
        switch found.status {
        case .success: break
        case let status where status.isTransient:
            throw JobFailure("DEL-004: the destination answered the query with \(status)", isTransient: true)
        default: return nil
        }
        do {
            return try found.answers.map { try DataSetParser.parse($0, transferSyntax: syntax) }
        } catch {
            throw JobFailure("DEL-005: the destination's answer to the query cannot be read", isTransient: true)
        }
    }

    /// Sends one object; says what its answer means.
    public borrowing func send(_ object: OutgoingObject) -> DeliveryAttempt.Outcome {
        DeliveryAttempt.reading(association.send(object))
    }

    /// Asks to take responsibility for objects. Throws what kept it from accepting the request.
    public borrowing func requestCommitment(_ message: CommitmentMessage) throws {
        guard let syntax = association.accepted(SOPClass.storageCommitmentPushModel) else {
            throw JobFailure("DEL-006: the destination takes no requests for commitment", isTransient: false)
        }
        let status = try association.send(
            NormalizedMessage(
                kind: .action, sopClassUID: SOPClass.storageCommitmentPushModel.value,
                sopInstanceUID: SOPClass.storageCommitmentInstance.value, typeID: 1, transferSyntax: syntax,
                dataSet: message.encoded(in: syntax)))
        guard status.isSuccess || status.isWarning else {
            throw JobFailure(
                "DEL-007: the destination answered the request for commitment with \(status)", isTransient: true)
        }
    }

    /// Hears a report that comes on this association within `seconds`; `nil` if none does. Most come later, on another.
    public borrowing func awaitCommitment(seconds: Double) throws -> CommitmentMessage? {
        var report: CommitmentMessage?
        _ = try association.awaitEvent(seconds: seconds) { event in
            report = CommitmentMessage(event.dataSet, transferSyntax: event.transferSyntax)
            return report == nil ? .processingFailure : .success
        }
        return report
    }
}
