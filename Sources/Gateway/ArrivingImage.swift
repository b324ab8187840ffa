import DICOMCore
import DICOMStream
import Deidentification
import Durability
import Foundation
import Journal
import Passage
import Reception
import Sealing
import WorkQueue

/// One image on its way to the disk.
final class ArrivingImage: InstanceIntake {
    private let instance: ArrivingInstance
    private let intake: Intake
    private let id: ObjectID
    private let lease: StudyKeyLease
    private var study: StudyKeyRecord { lease.record }
    private let digest: StreamDigest
    private let file: SealedFile
    private let line: SealingLine
    private let isPacked: Bool
    private var packer = PixelPacker()
    private let patient: String
    private let start = ContinuousClock.now
    private var findings: [Deidentification.Finding]
    /// Keyed tokens by which the study can be found again.
    private let names: StudyNames

    init(_ instance: ArrivingInstance, intake: Intake) throws {
        self.instance = instance
        self.intake = intake
        id = try ObjectID.random()
        let pseudonyms = intake.pseudonyms
        let digest = try pseudonyms.streamDigest(for: instance.sopInstanceUID)
        self.digest = digest
        try instance.headerBytes.withDisclosed(for: .deidentification) { try digest.update($0) }

        let (clean, found, studyID, facts, patient, names) = try instance.header.withDisclosed(for: .deidentification) {
            header throws(any Error) in
            guard let study = header.uid(.studyInstanceUID) else { throw Intake.unreadable }
            let result = try intake.deidentification.deidentifier.deidentify(header, sopClass: instance.sopClassUID)
            let bytes = DataSetWriter.write(result.dataSet, transferSyntax: .explicitVRLittleEndian)
            let found = intake.deidentification.verifier.verify(
                original: header, output: bytes, transferSyntax: .explicitVRLittleEndian,
                isOurs: intake.deidentification.uids.isOurs)
            return (
                bytes, found, try pseudonyms.studyID(study),
                try Self.facts(from: header, of: instance, intake: intake),
                try PatientPseudonym.token(of: header, key: pseudonyms),
                try StudyNames(header, key: pseudonyms)
            )
        }
        findings = found
        self.patient = patient
        self.names = names
        lease = try intake.studyKeys.lease(studyID)

        // What the verifier did not pass is sealed for filing alone, out of analysis' reach.
        let keyClass: StudyKeyClass = found.isEmpty ? .image : .identity
        file = try SealedFile(
            context: SealedContext(kind: .image, object: id, study: studyID),
            recipient: try lease.record.publicKey(for: keyClass),
            keyClass: keyClass, id: "\(id)", house: intake.house)
        line = unsafe SealingLine { [file] bytes in try unsafe file.run(bytes) }
        isPacked = instance.nativeByteCount != nil && instance.geometry.bitsAllocated == 16
        let pixels = ImagePayload.PixelDescription(
            transferSyntax: instance.transferSyntax.uid.value, isPacked: isPacked,
            nativeByteCount: instance.nativeByteCount)
        try file.section(Array(try JSONEncoder.sorted.encode(facts)))
        try file.section(clean)
        try file.section(Array(try JSONEncoder.sorted.encode(pixels)))
    }

    func pixels(_ bytes: UnsafeRawBufferPointer) throws {
        if isPacked {
            try unsafe packer.pack(bytes) { packed in try unsafe store(packed) }
        } else {
            try unsafe store(bytes)
        }
    }

    /// The same pixels are packed to the same bytes, and there are half as many of them to authenticate.
    private func store(_ bytes: UnsafeRawBufferPointer) throws {
        try unsafe digest.update(bytes)
        try unsafe line.run(bytes)
    }

    func commit(trailer: PHI<[UInt8]>, byteCount: Int) throws {
        if isPacked { try unsafe packer.finish { packed in try unsafe store(packed) } }
        let (identity, clean) = try trailer.withDisclosed(for: .deidentification) { trailer throws(any Error) in
            try digest.update(trailer)
            return (try sealedIdentity(trailer: trailer), try deidentified(trailer: trailer))
        }
        try line.drain()
        try file.section([])
        try file.section(clean)
        try file.makeDurable()
        do {
            try commitRows(identity: identity, digest: try digest.finish(), byteCount: byteCount)
        } catch {
            try removeFileUnlessCommitted()
            throw error
        }
        lease.commit()
        intake.house.meter.observe(.receive, of: instance.sender.value, since: start)
    }

    func abandon() {
        line.settle()
        file.abandon()
    }

    /// The original header and trailer, sealed for filing.
    private func sealedIdentity(trailer: [UInt8]) throws -> [UInt8] {
        try instance.headerBytes.withDisclosed(for: .reidentification) { header throws(any Error) in
            let identity = SealedIdentity(transferSyntax: instance.transferSyntax, header: header, trailer: trailer)
            return try Sealed.seal(
                identity.bytes, context: SealedContext(kind: .identity, object: id, study: study.study),
                to: try study.publicKey(for: .identity))
        }
    }

    /// The elements behind the pixels are treated like the header. If the verifier does not pass them they are left out
    /// of the image (they remain in the identity), and the instance is held.
    private func deidentified(trailer: [UInt8]) throws -> [UInt8] {
        if trailer.isEmpty { return [] }
        let dataSet = try DataSetParser.parse(trailer, transferSyntax: instance.transferSyntax)
        let station = intake.deidentification
        let (clean, found) = try instance.header.withDisclosed(for: .deidentification) { header throws(any Error) in
            let clean = try station.deidentifier.deidentify(
                dataSet, sopClass: instance.sopClassUID, subject: header
            ).dataSet
            let bytes = DataSetWriter.write(clean, transferSyntax: .explicitVRLittleEndian)
            let found = station.verifier.verify(
                original: dataSet, output: bytes, transferSyntax: .explicitVRLittleEndian, subject: header,
                isOurs: station.uids.isOurs)
            return (clean, found)
        }
        findings += found
        // The marks of de-identification stand in the header already.
        let behindPixels = DataSet(clean.elements.filter { $0.tag > .pixelData })
        return found.isEmpty ? DataSetWriter.write(behindPixels, transferSyntax: .explicitVRLittleEndian) : []
    }

    /// The facts that analysis may know, with keyed pseudonyms of device and sender.
    private static func facts(
        from header: DataSet, of instance: ArrivingInstance, intake: Intake
    ) throws -> AnalysisFacts {
        let key = intake.pseudonyms
        var facts = intake.deidentification.deidentifier.facts(from: header) { device in
            device.withDisclosed(for: .deidentification) { try? key.token(Array($0.utf8), purpose: "device") }
        }
        facts.senderToken = try key.token(Array(instance.sender.value.utf8), purpose: "sender")
        let regions = intake.masks.regions(for: header, geometry: instance.geometry)
        if !regions.isEmpty { facts.maskRegions = regions.map { [$0.top, $0.left, $0.bottom, $0.right] } }
        return facts
    }

    /// Step 5 of the order of commits: the rows, the job, and the journal's entries, in one transaction.
    private func commitRows(identity: [UInt8], digest: [UInt8], byteCount: Int) throws {
        let house = intake.house
        let now = house.clock.milliseconds()
        let token = try intake.pseudonyms.token(Array(instance.sopInstanceUID.value.utf8), purpose: "sop instance")
        let row = InstanceRow(
            id: "\(id)", study: "\(study.study)", uidToken: token, digest: digest, source: instance.sender.value,
            path: file.path, keyClass: file.keyClass.rawValue, byteCount: byteCount, identity: identity,
            patient: patient)
        let reason = findings.first.map { $0.rule.rawValue }
        let record = study
        let isRepeat = Box(false)
        let names = names
        try house.committer.commit { transaction in
            let earlier = try transaction.rows("SELECT * FROM instance WHERE uid_token = ?", .text(token))
            if let same = earlier.first(where: { $0.blob("digest") == digest }) {
                isRepeat.value.withLock { $0 = true }
                try Ledger.count("instances repeated", in: transaction)
                try Self.tryAgain(same, now: now, in: transaction)
                try transaction.owe(
                    house.event(.receive, study: row.study, outcome: "repeat", details: ["ae": row.source]))
                return
            }
            if !earlier.isEmpty, try DuplicateRule.refuses(from: row.source, in: transaction) { throw Intake.taken }
            // The same UID with other content, or another patient in the same study: kept, and shown to a person.
            let held = try reason ?? (earlier.isEmpty ? nil : "REC-030") ?? Self.conflict(of: row, in: transaction)
            try StudyRows.touch(record, now: now, in: transaction)
            try names.insert(for: row.study, in: transaction)
            let objection = try held == nil ? Objections.reason(row.patient, against: .analysis, in: transaction) : nil
            let state: InstanceState = held != nil ? .held : objection != nil ? .notEligible : .clearing
            try row.insert(state: state, reason: held ?? objection, now: now, in: transaction)
            try Ledger.count("instances received", in: transaction)
            for event in row.events(house: house, held: held) { try transaction.owe(event) }
            if let objection {
                try transaction.owe(house.event(.refuse, subject: row.id, study: row.study, outcome: objection))
            }
            if state == .clearing {
                try WorkQueue.enqueue(
                    .analyse, subject: row.id, id: Identifier.random(), notBefore: now, now: now, in: transaction)
            } else {
                try StudyTiming.scheduleReport(
                    of: row.study, configuration: house.configuration, now: now, in: transaction)
            }
        }
        if isRepeat.value.withLock({ $0 }) { file.remove() }
        house.link.wake(.analysis)
    }

    /// A study has one patient. Who is right, a person finds out; results are never merged.
    private static func conflict(of row: InstanceRow, in transaction: borrowing Transaction) throws -> String? {
        let other = try transaction.row(
            "SELECT 1 FROM instance WHERE study = ? AND patient <> ? AND patient <> '' LIMIT 1",
            .text(row.study), .text(row.patient))
        return row.patient.isEmpty || other == nil ? nil : "REC-031"
    }

    /// An image whose analysis failed is sent once more: that is how a modality asks for another try.
    private static func tryAgain(_ row: Row, now: Int64, in transaction: borrowing Transaction) throws {
        guard row.text("state") == InstanceState.failed.rawValue, let id = row.text("id") else { return }
        try Ledger.move(id, to: .clearing, now: now, in: transaction)
        try WorkQueue.enqueue(
            .analyse, subject: id, id: Identifier.random(), notBefore: now, now: now, in: transaction)
    }

    /// After a failed commit the file goes, unless the rows are there after all (the journal failed behind them).
    private func removeFileUnlessCommitted() throws {
        let name = "\(id)"
        let row = try intake.house.store.read { transaction in
            try transaction.row("SELECT 1 FROM instance WHERE id = ?", .text(name))
        }
        if row == nil { file.remove() }
    }
}

extension Intake {
    /// A study whose keys were destroyed takes no more images.
    static let shredded = IntakeRefusal(
        status: .notAuthorized, code: "REC-040", comment: "the study was shredded and takes no more images")
    static let taken = IntakeRefusal(
        status: .cannotUnderstand, code: "REC-033", comment: "another image with this UID was received before")
    static let unreadable = IntakeRefusal(
        status: .cannotUnderstand, code: "REC-010", comment: "a UID of the data set is missing or malformed")
}

extension JSONEncoder {
    /// Keys in order: same value, same bytes.
    static var sorted: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }
}
