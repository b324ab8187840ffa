import DICOMCore
import DICOMStream
import Durability
import Foundation
import Journal
import ModelCard
import Passage
import Performance
import PixelCleaning
import Sealing
import WorkQueue

// What of de-identification needs pixel bytes: done here, after the answer to the sender and before inference.

extension AnalysisRole {
    /// The cleared image; `nil` where it was held or refused, and the job is done.
    ///
    /// Bytes beside the pixels are taken out, regions and text are covered, as the rules say. What was changed is sealed
    /// anew in place of what came, before anything else reads it. Source: DESIGN of the path; PS3.15 E.3.1.
    func clear(
        _ payload: ImagePayload, header: DataSet, geometry: PixelGeometry, of instance: InstanceLookup, job: Job,
        model: ModelCard
    ) throws -> ImageOpener.OpenedImage? {
        // Cleared before a crash.
        if instance.state == .ready {
            let samples = try opener.nativeSamples(payload, geometry: geometry)
            return try opener.open(payload, header: header, geometry: geometry, samples: samples)
        }
        let isNative = payload.pixels.nativeByteCount != nil
        let syntax = isNative ? TransferSyntax.explicitVRLittleEndian : try opener.transferSyntax(of: payload)
        let raw = isNative ? try opener.nativeSamples(payload, geometry: geometry) : payload.pixelBytes
        var report = ClearanceReport()
        var (bytes, verdict) = clearance.bytes(raw, transferSyntax: syntax, geometry: geometry, report: &report)
        var samples = isNative ? bytes : try opener.decode(bytes, syntax, geometry)
        let isReleased = try house.store.read { try Clearance.isReleased(instance.id, in: $0) }
        if verdict == .clear || isReleased {
            let regions = (payload.facts.maskRegions ?? []).compactMap(PixelBox.init)
            verdict = clearance.pixels(
                &samples, geometry: geometry, header: header, regions: regions, isReleased: isReleased, report: &report)
        }
        switch verdict {
        case .hold(let reason):
            // What no model can read fails with its own code instead of waiting for a person.
            if reason == .unreadable {
                _ = try opener.open(payload, header: header, geometry: geometry, samples: samples)
            }
            try setAside(instance, to: .held, reason, report, job: job, model: model)
            return nil
        case .refuse(let reason):
            try setAside(instance, to: .refused, reason, report, job: job, model: model)
            return nil
        case .clear where report.residue.isEmpty:
            return try opener.open(payload, header: header, geometry: geometry, samples: samples)
        case .clear:
            let clean = payload.replacing(pixels: bytes, transferSyntax: syntax)
            try replace(payload: clean, of: instance, report)
            return try opener.open(clean, header: header, geometry: geometry, samples: samples)
        case .masked:
            var header = header
            header.markPixelsClean()
            let clean = payload.replacing(
                header: DataSetWriter.write(header, transferSyntax: .explicitVRLittleEndian), pixels: samples,
                transferSyntax: .explicitVRLittleEndian)
            try replace(payload: clean, of: instance, report)
            return try opener.open(clean, header: header, geometry: geometry, samples: samples)
        }
    }

    /// Held for a person, or refused.
    private func setAside(
        _ instance: InstanceLookup, to state: InstanceState, _ reason: ClearanceReason, _ report: ClearanceReport,
        job: Job, model: ModelCard
    ) throws {
        let now = house.clock.milliseconds()
        let house = house
        let performed = record(.held, of: instance, model: model, code: reason.rawValue)
        try finish(job) { transaction in
            try Self.note(performed, in: transaction)
            try Ledger.move(instance.id, to: state, reason: reason.rawValue, now: now, in: transaction)
            try Clearance.keep(report, verdict: reason.rawValue, of: instance.id, now: now, in: transaction)
            try Ledger.count(
                state == .held ? "images held for their pixels" : "images refused for their pixels", in: transaction)
            try transaction.owe(
                house.event(
                    state == .held ? .hold : .refuse, subject: instance.id, study: instance.study,
                    outcome: reason.rawValue,
                    details: report.summary.merging(["why": reason.meaning]) { first, _ in first }))
            try StudyTiming.scheduleReport(
                of: instance.study, configuration: house.configuration, now: now, in: transaction)
        }
        house.link.wake(.filing)
    }

    /// Seals the cleaned image, puts it in the place of the one that came, and removes that.
    private func replace(payload: ImagePayload, of instance: InstanceLookup, _ report: ClearanceReport) throws {
        guard let id = ObjectID(instance.id) else { throw GatewayError.notFound("instance with this id") }
        let sealed = try Sealed.seal(
            payload.encoded(), context: SealedContext(kind: .image, object: id, study: instance.keys.study),
            to: instance.keys.publicKey(for: .image))
        let path = "\(DataDirectory.folder(for: instance.id))/\(instance.id).cleared.sealed"
        try DurableFile.write(sealed, to: house.directory.file(path), disk: house.disk, replacing: true)
        let now = house.clock.milliseconds()
        let house = house
        try house.committer.commit { transaction in
            try Ledger.move(instance.id, to: .ready, now: now, in: transaction)
            try transaction.execute(
                "UPDATE instance SET path = ? WHERE id = ?", .text(path), .text(instance.id))
            try Clearance.keep(report, verdict: "cleaned", of: instance.id, now: now, in: transaction)
            try Ledger.count("images cleaned", in: transaction)
            try transaction.owe(
                house.event(
                    .deidentify, subject: instance.id, study: instance.study, outcome: "cleaned",
                    details: report.summary))
        }
        // An image that is cleared a second time lies where it did.
        if instance.path == path { return }
        // Left behind it would be removed at the next start: no row names it.
        do { try house.disk.unlink(house.directory.file(instance.path)) } catch { return }
    }
}

/// The rows of what clearance found.
enum Clearance {
    static func keep(
        _ report: ClearanceReport, verdict: String, of instance: String, now: Int64,
        in transaction: borrowing Transaction
    ) throws {
        try transaction.execute(
            """
            INSERT OR REPLACE INTO clearance (instance, verdict, report, released, changed_at) VALUES (?, ?, ?, 0, ?)
            """,
            .text(instance), .text(verdict),
            .text(String(decoding: try JSONEncoder.sorted.encode(report), as: UTF8.self)),
            .integer(now))
    }

    /// A person has looked at the image and let it go on as it is.
    static func isReleased(_ instance: String, in transaction: borrowing Transaction) throws -> Bool {
        try transaction.row("SELECT 1 FROM clearance WHERE instance = ? AND released = 1", .text(instance)) != nil
    }

    static func release(_ instance: String, now: Int64, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "UPDATE clearance SET released = 1, changed_at = ? WHERE instance = ?", .integer(now), .text(instance))
    }

    /// For `quarantine show`: where something was found; `nil` if it was held for another reason.
    static func describe(_ instance: String, in transaction: borrowing Transaction) throws -> JSONValue? {
        guard let row = try transaction.row("SELECT * FROM clearance WHERE instance = ?", .text(instance)),
            let text = row.text("report"),
            let report = try? JSONDecoder().decode(ClearanceReport.self, from: Data(text.utf8))
        else { return nil }
        func places(_ boxes: [PixelBox]) -> JSONValue {
            .array(boxes.map { .string("rows \($0.top) to \($0.bottom), columns \($0.left) to \($0.right)") })
        }
        return .object([
            "text": places(report.text), "masked": places(report.masked),
            "residue": .array(report.residue.map { .string($0.rawValue) }),
        ])
    }
}

extension ImagePayload {
    /// The same image with other, uncompressed or compressed, pixels.
    func replacing(header: [UInt8]? = nil, pixels: [UInt8], transferSyntax: TransferSyntax) -> ImagePayload {
        ImagePayload(
            facts: facts, header: header ?? self.header,
            pixels: PixelDescription(
                transferSyntax: transferSyntax.uid.value, isPacked: false,
                nativeByteCount: transferSyntax.isEncapsulated ? nil : pixels.count),
            pixelBytes: pixels, trailer: trailer)
    }
}

extension PixelBox {
    /// Top, left, bottom, right, as ``AnalysisFacts`` carries them.
    init?(_ sides: [Int]) {
        guard sides.count == 4 else { return nil }
        self.init(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
    }
}
