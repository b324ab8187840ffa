import DICOMCore
import Durability
import Foundation
import Journal
import Sealing
import Watching

/// What every role works with: the database, the journal's line, the clock, the disk.
struct RoleHouse: Sendable {
    let role: Role
    let settings: LiveConfiguration
    let directory: DataDirectory
    let store: Store
    let committer: Committer
    let link: RoleLink
    let disk: any Disk
    let folders: InstanceFolders
    let clock: GatewayClock
    let log: EventLog
    /// How long things take.
    var meter = Meter()

    /// As it is at this moment.
    var configuration: GatewayConfiguration { settings.current }

    /// An entry for the journal in this role's name.
    func event(
        _ kind: JournalEventKind, subject: String? = nil, study: String? = nil, outcome: String = "ok",
        details: [String: String] = [:]
    ) -> JournalEvent {
        JournalEvent(
            kind: kind, at: clock.milliseconds(), actor: role.rawValue, subject: subject, study: study,
            outcome: outcome, details: details)
    }
}
