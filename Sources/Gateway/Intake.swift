import DICOMCore
import DICOMStream
import DICOMToolkit
import Deidentification
import Delivery
import Durability
import Foundation
import Journal
import Passage
import PixelCleaning
import Reception
import Sealing
import Watching
import WorkQueue

/// Behind the front door: de-identifies the header, seals the image while it arrives, and commits.
///
/// The order, which must not change (DESIGN §2): scan, admit, de-identify and verify the header; seal the pixels as they
/// come; de-identify and verify the trailer; sync and rename the sealed file; one database transaction; the journal.
/// Only then does ``InstanceIntake/commit(trailer:byteCount:)`` return.
final class Intake: InstanceSink {
    let house: RoleHouse
    let pseudonyms: PseudonymKey
    let studyKeys: StudyKeyCache
    let deidentification: DeidentificationStation
    let masks: MaskTable
    private let refusals = RefusalTally()
    private let commitments: CommitmentService

    init(house: RoleHouse, pseudonyms: PseudonymKey, roleKeys: RolePublicKeys) throws {
        self.house = house
        commitments = CommitmentService(house: house)
        self.pseudonyms = pseudonyms
        studyKeys = StudyKeyCache(store: house.store, roles: roleKeys)
        masks = MaskTable.parse(house.configuration.masks).table
        deidentification = try DeidentificationStation(house.configuration.deidentification, key: pseudonyms)
    }

    func begin(_ instance: ArrivingInstance) throws -> any InstanceIntake {
        do {
            return try ArrivingImage(instance, intake: self)
        } catch let error as DeidentificationError {
            throw IntakeRefusal(status: .cannotUnderstand, code: error.rawValue, comment: "cannot be de-identified")
        } catch {
            house.log(.imageNotBegun, .error(error))
            throw error
        }
    }

    func refused(sender: String, address: String, code: String, meaning: String, detail: String?, isAssociation: Bool) {
        house.log(
            isAssociation ? .associationRefused : .instanceRefused,
            LogFact("code", OwnWords(withoutPatientData: code)),
            LogFact("why", OwnWords(withoutPatientData: meaning)), LogFact("ae", PeerName(sender)),
            LogFact("address", PeerAddress(address)))
        let due = refusals.due(sender: sender, address: address, code: code, now: house.clock.milliseconds())
        let counter = isAssociation ? "associations refused" : "instances refused"
        do {
            let now = house.clock.milliseconds()
            let note: @Sendable (borrowing Transaction) throws -> Void = { transaction in
                try Ledger.count(counter, in: transaction)
                try RefusalBook.note(
                    title: sender, address: address, code: code, meaning: meaning, detail: detail, now: now,
                    in: transaction)
            }
            guard let count = due else { return try house.store.write(note) }
            let event = house.event(
                .refuse, outcome: code,
                details: [
                    "what": isAssociation ? "association" : "instance", "ae": sender, "address": address,
                    "count": "\(count)", "why": meaning,
                ])
            try house.committer.commit { transaction in
                try note(transaction)
                try transaction.owe(event)
            }
        } catch {
            house.log(.refusalNotJournalled, .error(error))
        }
    }
}

extension Intake {
    func commitmentRequested(_ message: NormalizedMessage, by sender: AETitle) -> Status {
        commitments.take(message, from: sender)
    }

    /// A destination's report on a separate association (PS3.4 J.3.3). Always answered, whatever it speaks of.
    func commitmentReported(_ message: NormalizedMessage, by sender: AETitle) -> Status {
        guard let report = CommitmentMessage(message.dataSet, transferSyntax: message.transferSyntax) else {
            return .processingFailure
        }
        let house = house
        let isKnown = Box(false)
        do {
            try house.committer.commit { transaction in
                let rows = try transaction.rows(
                    "SELECT name FROM ae WHERE title = ? COLLATE NOCASE AND roles LIKE '%destination%'",
                    .text(sender.value))
                for name in rows.compactMap({ $0.text("name") }) {
                    let known = try CommitmentBook.apply(report, from: name, house: house, in: transaction)
                    if known { isKnown.value.withLock { $0 = true } }
                }
            }
        } catch {
            house.log(.commitmentReportNotKept, .error(error))
            return .processingFailure
        }
        house.link.wake(.filing)
        return isKnown.value.withLock { $0 } ? .success : .noSuchObjectInstance
    }
}

/// The keyed mapping of UIDs, as de-identification wants it.
struct KeyedUIDs: UIDMapping {
    let key: PseudonymKey

    func mapped(_ uid: UID) -> UID {
        do {
            return try key.uid(for: uid)
        } catch {
            // HMAC fails only when memory is exhausted; going on would risk an unmapped UID.
            preconditionFailure("a UID could not be mapped: \(error)")
        }
    }

    func isOurs(_ uid: UID) -> Bool {
        do { return try key.isPossiblyOurs(uid) } catch { return false }
    }
}
