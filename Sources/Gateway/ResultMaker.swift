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
    let secrets: RoleSecrets

    /// The secondary capture of one instance.
    func makeCapture(_ job: Job) throws {
        let instance = try InstanceLookup.find(job.subject, in: house.store)
        guard [.analysed, .reported, .delivered, .committed].contains(instance.state) else {
            throw JobFailure("FIL-010: the instance is \(instance.state.rawValue), not analysed", isTransient: false)
        }
        let source = try openSource(instance, for: "capture")
        let names = try ResultNames(
            secrets: secrets, source: instance.id, kind: .capture, sourceSet: SourceSet.digest([instance.id]),
            revision: 1, findings: source.record.findings)
        let algorithm = try names.algorithm()
        let capture = try SecondaryCapture(
            CaptureInput(
                source: source.attributes, image: source.image, samples: Array(source.picture), algorithm: algorithm,
                device: names.device(), identity: names.identity(sopClass: SOPClass.secondaryCapture, source: source)))
        let object = capture.dataSet
        try gate(ResultValidator.problems(inCapture: object, source: source.attributes, image: source.image))
        try keep(
            object, kind: .capture, study: instance, instances: [instance.id], revision: 1,
            madeAt: source.record.analysedAt, job: job)
    }

    /// The structured report of a study: every image analysed so far. A late image makes another revision.
    func makeReport(_ job: Job) throws {
        let due = try house.store.read { transaction in
            try StudyContents.find(job.subject, in: transaction)
        }
        if due.isAnalysing, !due.isOverdue(house) {
            throw JobFailure("FIL-011: images of the study are still being analysed", isTransient: true)
        }
        guard let first = due.analysed.first else {
            return try finish(job) { _ in }
        }
        let sourceSet = SourceSet.digest(due.analysed.map(\.id))
        if due.lastSourceSet == sourceSet { return try finish(job) { _ in } }

        let sources = try due.analysed.map { try openSource($0, for: "report") }
        let revision = due.revision + 1
        let names = try ResultNames(
            secrets: secrets, source: first.study, kind: .report, sourceSet: sourceSet, revision: revision,
            findings: sources[0].record.findings)
        let report = try MeasurementReport(try input(sources, names: names))
        let object = report.dataSet
        let codes = Set(sources.flatMap { $0.record.findings.findings.compactMap { Code($0.code) } })
        try gate(
            ResultValidator.problems(
                inReport: object, source: sources[0].attributes, images: sources.map(\.image), modelCodes: codes))
        try gate(structure: object)
        try keep(
            object, kind: .report, study: first, instances: due.analysed.map(\.id), revision: revision,
            madeAt: sources.map(\.record.analysedAt).max() ?? 0, job: job)
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

    private func input(_ sources: [OpenedSource], names: ResultNames) throws -> ReportInput {
        var findings: [FindingInput] = []
        for (number, source) in sources.enumerated() {
            for (index, finding) in source.record.findings.findings.enumerated() {
                findings.append(try names.finding(finding, at: index, of: source, number: number))
            }
        }
        let record = sources[0].record
        let facts = record.facts
        let view =
            facts.viewSource == .none
            ? try ViewStatement.assumed("frontal")
            : try ViewStatement(view: facts.viewPosition.rawValue, origin: facts.viewSource.attribute)
        return ReportInput(
            source: sources[0].attributes, images: sources.map(\.image), outcome: .findings(findings),
            algorithm: try names.algorithm(), device: try names.device(),
            identity: try names.identity(sopClass: SOPClass.comprehensive3DSR, source: sources[0]), view: view,
            outsidePopulation: PopulationStatement.words(for: sources.flatMap { $0.record.findings.remarks }))
    }

    /// Nothing leaves that our own check does not pass.
    private func gate(_ problems: [ResultProblem]) throws {
        guard let first = problems.first else { return }
        throw JobFailure("FIL-014: the result is not valid: \(first.code)", isTransient: false)
    }

    private func gate(structure object: DataSet) throws {
        let bytes = DataSetWriter.write(object, transferSyntax: .explicitVRLittleEndian)
        if SRChecker.check(bytes) != nil {
            throw JobFailure("FIL-015: the report's tree is not valid", isTransient: false)
        }
    }

    /// Seals the object into the outbox and commits its row, with a delivery for each destination.
    private func keep(
        _ object: DataSet, kind: StoredResult.Kind, study: InstanceLookup, instances: [String], revision: Int64,
        madeAt: Int64, job: Job
    ) throws {
        guard let sopClass = object.uid(.sopClassUID), let sopInstance = object.uid(.sopInstanceUID) else {
            throw JobFailure("FIL-016: the result has no UID", isTransient: false)
        }
        let id = try ObjectID.random()
        let bytes = StoredResult.encode(
            sopClass: sopClass, sopInstance: sopInstance,
            dataSet: DataSetWriter.write(object, transferSyntax: .explicitVRLittleEndian))
        let sealed = try Sealed.seal(
            bytes, context: SealedContext(kind: .other, object: id, study: study.keys.study),
            to: study.keys.publicKey(for: .identity))
        let path = "outbox/\(id).sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk)

        let now = house.clock.milliseconds()
        let house = house
        let instance = kind == .capture ? study.id : nil
        let sourceSet = SourceSet.digest(instances)
        try finish(job) { transaction in
            try transaction.execute(
                """
                INSERT INTO result (id, kind, study, instance, revision, path, made_at, source_set)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                .text("\(id)"), .text(kind.rawValue), .text(study.study), .optional(instance), .integer(revision),
                .text(path), .integer(madeAt), .blob(sourceSet))
            if kind == .report {
                try transaction.execute(
                    "UPDATE study SET revision = ? WHERE id = ?", .integer(revision), .text(study.study))
                // Those that an earlier revision spoke of stay where they are.
                for row in try transaction.rows(
                    "SELECT id FROM instance WHERE study = ? AND state = 'analysed'", .text(study.study))
                {
                    guard let id = row.text("id"), instances.contains(id) else { continue }
                    try Ledger.move(id, to: .reported, now: now, in: transaction)
                }
            }
            for row in try transaction.rows("SELECT name FROM ae WHERE roles LIKE '%destination%'") {
                guard let name = row.text("name") else { continue }
                try WorkQueue.enqueue(
                    .deliver, subject: "\(id)", destination: name, id: Identifier.random(), notBefore: now, now: now,
                    in: transaction)
            }
            try Ledger.count(kind == .report ? "reports made" : "captures made", in: transaction)
            try transaction.owe(
                house.event(
                    .report, subject: instance ?? study.study, study: study.study,
                    details: ["kind": kind.rawValue, "revision": "\(revision)", "images": "\(instances.count)"]))
        }
    }

    private func finish(_ job: Job, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void) throws {
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
        let due = try StudyTiming.reportDue(study, configuration: house.configuration, in: transaction)
        try WorkQueue.enqueue(
            .report, subject: study, id: Identifier.random(), notBefore: due, now: now, in: transaction)
    }

    /// Opens identity and analysis of one instance; the intent is in the journal first.
    private func openSource(_ instance: InstanceLookup, for purpose: String) throws -> OpenedSource {
        let event = house.event(.open, subject: instance.id, study: instance.study, details: ["for": purpose])
        try house.committer.commit { transaction in try transaction.owe(event) }
        return try OpenedSource(instance, house: house, secrets: secrets)
    }
}

extension Code {
    /// The concept in value, scheme and meaning, as a model card writes it.
    init?(_ parts: [String]) {
        guard parts.count == 3 else { return nil }
        self.init(parts[0], parts[1], parts[2])
    }
}
