import DICOMCore
import DICOMStream
import DICOMToolkit
import Durability
import Foundation
import Journal
import ModelCard
import Passage
import Radiography
import Reporting
import Sealing
import WorkQueue

/// Makes results: joins an analysis with the identity that it belongs to, in memory, checks the object, and seals it
/// into the outbox. What is made keeps its bytes; a retry sends the same.
struct ResultMaker: Sendable {
    let house: RoleHouse
    private let held: HeldSecrets
    var secrets: RoleSecrets { held.current }

    init(house: RoleHouse, secrets: HeldSecrets) {
        self.house = house
        held = secrets
    }

    /// The secondary capture of one instance.
    func makeCapture(_ job: Job) throws {
        let instance = try InstanceLookup.find(job.subject, in: house.store)
        guard [.analysed, .reported, .delivered, .committed].contains(instance.state) else {
            throw JobFailure("FIL-010: the instance is \(instance.state.rawValue), not analysed", isTransient: false)
        }
        var picture: [UInt8] = []
        try noteOpening(instance, for: "capture")
        let source = try AnalysedSource(instance, house: house, secrets: secrets) { picture = Array($0) }
        // As it was drawn, whatever the configuration says by now.
        let isWide = picture.count > source.image.rows * source.image.columns * 3
        let layout: HeatMapRenderer.Layout = isWide ? .sideBySide : .overlay
        let sourceSet = SourceSet.digest([instance.id])
        let names = try ResultNames(
            secrets: secrets, source: instance.id, kind: .capture, sourceSet: sourceSet, revision: 1,
            model: ModelIdentity(source.record.findings))
        let capture = try SecondaryCapture(
            CaptureInput(
                source: source.attributes, image: source.image, samples: picture, algorithm: names.algorithm(),
                device: names.device(),
                identity: names.identity(
                    sopClass: SOPClass.secondaryCapture, at: source.record.analysedAt, like: source.attributes),
                layout: layout))
        let object = capture.dataSet
        try gate(
            ResultValidator.problems(
                inCapture: object, source: source.attributes, image: source.image,
                layout: layout))
        let isNotable = source.record.findings.isNotable
        var made = [
            MadeResult(
                object: object, kind: .capture, study: instance, sourceSet: sourceSet, revision: 1,
                model: ModelIdentity(source.record.findings), madeAt: source.record.analysedAt, isNotable: isNotable)
        ]
        if house.configuration.optionalObjects.contains(.presentationState),
            let presentation = try OptionalResults(maker: self).presentation(of: instance, source)
        {
            made.append(presentation)
        }
        try keep(made, job: job)
    }

    /// The structured report of a study: what came of every image so far. A late image, or a changed outcome, makes
    /// another revision, which names the one that it replaces.
    func makeReport(_ job: Job) throws {
        let silent = house.configuration.notPerformedOptOut != nil
        let contents = try house.store.read { transaction in
            try StudyContents.find(job.subject, silentWithoutFinding: silent, in: transaction)
        }
        if let oldest = contents.oldestWaiting {
            // Every end of an analysis rings for the report; without one it is made when the cap is over.
            let deadline = oldest + Int64(house.configuration.quietCapSeconds * 1000)
            let now = house.clock.milliseconds()
            if now < deadline {
                return try house.committer.commit { try WorkQueue.postpone(job, until: deadline, now: now, in: $0) }
            }
        }
        guard contents.members.first != nil, contents.current?.sourceSet != contents.sourceSet else {
            return try finish(job) { _ in }
        }
        let opened = try ReportSources(contents, maker: self)
        guard let first = opened.first else { return try finish(job) { _ in } }

        let revision = contents.revision + 1
        let sourceSet = contents.sourceSet
        let model =
            try opened.analysed.first.map { ModelIdentity($0.record.findings) }
            ?? ModelIdentity.speaking(of: job.subject, in: house.store)
        let madeAt = opened.analysed.map(\.record.analysedAt).max() ?? opened.changedAt
        let names = try ResultNames(
            secrets: secrets, source: job.subject, kind: .report, sourceSet: sourceSet, revision: revision, model: model
        )
        var input = try opened.input(
            names: names,
            identity: names.identity(sopClass: SOPClass.comprehensive3DSR, at: madeAt, like: first.attributes))
        input.revision = try contents.current.flatMap { current in
            try replaced(current, by: revision, study: job.subject, like: first.attributes)
        }
        let object = try MeasurementReport(input).dataSet
        let codes = Set(opened.analysed.flatMap { $0.record.findings.findings.compactMap { Code($0.code) } })
        try gate(
            ResultValidator.problems(
                inReport: object, source: first.attributes, images: input.images.map(\.image), modelCodes: codes))
        try gate(structure: object)
        var made = [
            MadeResult(
                object: object, kind: .report, study: first.instance, sourceSet: sourceSet, revision: revision,
                model: model, madeAt: madeAt,
                isNotable: opened.analysed.contains { $0.record.findings.isNotable },
                members: contents.members + contents.rivals)
        ]
        if house.configuration.optionalObjects.contains(.keyObjects),
            let keys = try OptionalResults(maker: self).keyObjects(of: input, like: made[0])
        {
            made.append(keys)
        }
        try keep(made, job: job)
    }

    /// The names of the report that the new one replaces: they were derived, and are derived again.
    private func replaced(
        _ current: StudyContents.Current, by revision: Int64, study: String, like source: SourceAttributes
    ) throws -> ReportRevision? {
        guard let model = ModelIdentity(current.model) else { return nil }
        let names = try ResultNames(
            secrets: secrets, source: study, kind: .report, sourceSet: current.sourceSet, revision: current.revision,
            model: model)
        let earlier = try names.identity(sopClass: SOPClass.comprehensive3DSR, at: current.madeAt, like: source)
        return try ReportRevision(
            number: Int(revision), replaced: ReferencedObject(sopClassUID: SOPClass.comprehensive3DSR, earlier),
            replacedAt: earlier.time)
    }

    /// Opens a made result for sending.
    func open(_ result: StoredResult) throws -> OutgoingObject {
        guard let id = ObjectID(result.id), let study = StudyID(result.study),
            let record = try StudyRows.keys(of: study, in: house.store)
        else { throw JobFailure("FIL-012: the keys of the study are gone", isTransient: false) }
        let bytes = try SealedFiles.read(
            house.directory.file(result.path), context: SealedContext(kind: .other, object: id, study: study),
            with: try secrets.open(record, class: .identity))
        guard let object = StoredResult.decode(bytes) else {
            throw JobFailure("FIL-013: the result in the outbox has another layout", isTransient: false)
        }
        return OutgoingObject(
            sopClassUID: object.sopClass, sopInstanceUID: object.sopInstance,
            transferSyntax: .explicitVRLittleEndian, bytes: object.dataSet)
    }

    /// Nothing leaves that our own check does not pass.
    func gate(_ problems: [ResultProblem]) throws {
        guard let first = problems.first else { return }
        throw JobFailure("FIL-014: the result is not valid: \(first.code)", isTransient: false)
    }

    func gate(structure object: DataSet) throws {
        let bytes = DataSetWriter.write(object, transferSyntax: .explicitVRLittleEndian)
        if SRChecker.check(bytes) != nil {
            throw JobFailure("FIL-015: the report's tree is not valid", isTransient: false)
        }
    }

    /// Seals the objects into the outbox and commits their rows, with a delivery of each for each destination.
    ///
    /// - Parameter destinations: `nil` for those whose rules ask for it.
    func keep(
        _ made: [MadeResult], job: Job, for destinations: [String]? = nil,
        also: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in }
    ) throws {
        let rows = try made.map(seal)
        let now = house.clock.milliseconds()
        let house = house
        try finish(job) { transaction in
            for study in Set(rows.map(\.study)).compactMap({ StudyID($0) }) {
                if try StudyRows.isShredded(study, in: transaction) {
                    throw JobFailure("FIL-017: the study was shredded meanwhile", isTransient: false)
                }
            }
            let routing = try Routing(in: transaction)
            for row in rows {
                let subject = try row.subject(in: transaction)
                let wanted = try destinations ?? routing.destinations(of: subject, in: transaction)
                let isUnrouted = wanted.isEmpty && !routing.isWaiting(subject)
                try row.insert(isUnrouted: isUnrouted, in: transaction)
                if row.kind == .report { try row.answer(now: now, in: transaction) }
                for name in wanted {
                    try WorkQueue.enqueue(
                        .deliver, subject: row.id, destination: name, id: Identifier.random(), notBefore: now,
                        now: now, in: transaction)
                }
                try Ledger.count(row.counter, in: transaction)
                var details = [
                    "kind": row.kind.rawValue, "revision": "\(row.revision)", "images": "\(row.imageCount)",
                ]
                if isUnrouted { details["destinations"] = "none by the rules of `ae`" }
                try transaction.owe(
                    house.event(.report, subject: row.instance ?? row.study, study: row.study, details: details))
                if isUnrouted { try StudyProgress.markDelivered(row.study, now: now, in: transaction) }
            }
            try also(transaction)
        }
    }

    /// Writes the sealed object; its row is what is left to commit.
    private func seal(_ made: MadeResult) throws -> ResultRow {
        guard let sopClass = made.object.uid(.sopClassUID), let sopInstance = made.object.uid(.sopInstanceUID) else {
            throw JobFailure("FIL-016: the result has no UID", isTransient: false)
        }
        let id = try ObjectID.random()
        let study = made.study
        let bytes = StoredResult.encode(
            sopClass: sopClass, sopInstance: sopInstance,
            dataSet: DataSetWriter.write(made.object, transferSyntax: .explicitVRLittleEndian))
        let sealed = try Sealed.seal(
            bytes, context: SealedContext(kind: .other, object: id, study: study.keys.study),
            to: try study.keys.publicKey(for: .identity))
        let path = "outbox/\(id).sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk)
        return ResultRow(id: "\(id)", path: path, made)
    }

    func finish(_ job: Job, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void) throws {
        let house = house
        let now = house.clock.milliseconds()
        try house.committer.commit { transaction in
            try WorkQueue.complete(job, now: now, in: transaction)
            try body(transaction)
            if job.kind == .report { try Self.reopenIfLate(job.subject, house: house, now: now, in: transaction) }
        }
    }

    /// An image that was analysed while its study's report was being made found that job open and made no other.
    private static func reopenIfLate(
        _ study: String, house: RoleHouse, now: Int64, in transaction: borrowing Transaction
    ) throws {
        let late = try transaction.row(
            "SELECT 1 FROM instance WHERE study = ? AND state = 'analysed' LIMIT 1", .text(study))
        guard late != nil else { return }
        try StudyTiming.scheduleReport(of: study, configuration: house.configuration, now: now, in: transaction)
    }

    /// The intent to open what identifies a patient is in the journal first.
    func noteOpening(_ instance: InstanceLookup, for purpose: String) throws {
        let event = house.event(.open, subject: instance.id, study: instance.study, details: ["for": purpose])
        try house.committer.commit { transaction in try transaction.owe(event) }
    }
}

extension Code {
    /// The concept in value, scheme and meaning, as a model card writes it.
    init?(_ parts: [String]) {
        guard parts.count == 3 else { return nil }
        self.init(parts[0], parts[1], parts[2])
    }
}
