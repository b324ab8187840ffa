import Durability
import Foundation
import Sealing
import Synchronization

/// The key records of studies: found in the database, or made for a study that is seen for the first time.
///
/// Two associations that bring the first images of one study at once must seal to the same keys; therefore a new
/// record is remembered here until it is committed.
final class StudyKeyCache: Sendable {
    private struct Entry {
        let record: StudyKeyRecord
        /// Made here and not committed yet: its private halves lie nowhere else.
        var isFresh: Bool
        /// The role keys for which it was made.
        let generation: Int
        var uses = 0
    }

    private struct State {
        var roles: RolePublicKeys
        var generation = 0
        var entries: [StudyID: Entry] = [:]
    }

    private let store: Store
    private let state: Mutex<State>

    /// Records kept in memory; a modality sends few studies at a time.
    private static let limit = 256
    /// Seconds between looks at whether old records have been committed.
    private static let pause = 0.02

    init(store: Store, roles: RolePublicKeys) {
        self.store = store
        state = Mutex(State(roles: roles))
    }

    /// The keys of a study for as long as one image of it arrives. Throws ``Intake/shredded`` for a shredded study.
    func lease(_ study: StudyID) throws -> StudyKeyLease {
        let record = try state.withLock { state in
            if let entry = state.entries[study] {
                state.entries[study]?.uses += 1
                return entry.record
            }
            if state.entries.count >= Self.limit {
                state.entries = state.entries.filter { $0.value.uses > 0 || $0.value.isFresh }
            }
            let entry = try makeEntry(study, state)
            state.entries[study] = entry
            return entry.record
        }
        return StudyKeyLease(record: record, cache: self)
    }

    private func makeEntry(_ study: StudyID, _ state: borrowing State) throws -> Entry {
        let (stored, isShredded) = try store.read { transaction in
            (try StudyRows.keys(of: study, in: transaction), try StudyRows.isShredded(study, in: transaction))
        }
        if isShredded { throw Intake.shredded }
        var record = stored ?? StudyKeyRecord(study: study, pairs: [:])
        // A class whose time was over gets a new pair; the old one stays destroyed.
        let isWhole = StudyKeyClass.allCases.allSatisfy { record.pairs[$0] != nil }
        if !isWhole {
            let made = try StudyKeys.make(study: study, roles: state.roles)
            record.pairs.merge(made.pairs) { stored, _ in stored }
        }
        return Entry(record: record, isFresh: !isWhole, generation: state.generation, uses: 1)
    }

    fileprivate func give(_ study: StudyID, isCommitted: Bool) {
        state.withLock { state in
            guard var entry = state.entries[study] else { return }
            entry.uses -= 1
            if isCommitted { entry.isFresh = false }
            // What no image was committed with must not be used once the role keys are others; after a failure the
            // database may hold other keys than these.
            state.entries[study] = !isCommitted && entry.uses <= 0 ? nil : entry
        }
    }

    /// Makes new records for new role keys from now on, and returns when no record that was made for the old ones can
    /// still be committed.
    func renew(_ roles: RolePublicKeys) {
        let generation = state.withLock { state in
            state.roles = roles
            state.generation += 1
            return state.generation
        }
        while state.withLock({ state in
            state.entries = state.entries.filter {
                !($0.value.isFresh && $0.value.uses == 0 && $0.value.generation < generation)
            }
            return state.entries.values.contains { $0.isFresh && $0.generation < generation }
        }) {
            Thread.sleep(forTimeInterval: Self.pause)
        }
    }
}

/// Holds the keys of a study while an image of it arrives; gives them back when it goes.
final class StudyKeyLease {
    let record: StudyKeyRecord
    private let cache: StudyKeyCache
    private var isCommitted = false

    fileprivate init(record: StudyKeyRecord, cache: StudyKeyCache) {
        self.record = record
        self.cache = cache
    }

    deinit { cache.give(record.study, isCommitted: isCommitted) }

    /// The image is in the database, and with it the keys.
    func commit() { isCommitted = true }
}
