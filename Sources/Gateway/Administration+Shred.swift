import Durability
import Foundation
import Sealing

// Shredding a study: one person asks, another agrees.

extension Administration {
    var shredder: Shredder {
        Shredder(directory: directory, store: store, committer: committer, disk: RealDisk(), clock: clock)
    }

    func requestShred(_ request: AdministrationRequest, caller: Caller) throws -> JSONValue {
        let studies = try studies(request)
        for study in studies {
            let isHeld = try store.read { transaction in
                try transaction.row("SELECT 1 FROM legal_hold WHERE study = ?", .text("\(study)")) != nil
            }
            if isHeld { throw GatewayError.refused("the study is under legal hold; see `cxrgate hold list`") }
        }
        let names = studies.map { "\($0)" }.joined(separator: ",")
        return try askSecondPerson("keys shred", ["studies": names], reason: request.reason, caller: caller)
    }

    func shredApproved(_ action: Action, by caller: Caller) throws -> JSONValue {
        let studies = (action.arguments["studies"] ?? "").split(separator: ",").compactMap { StudyID($0) }
        return .array(
            try studies.map {
                try shredder.shred(
                    $0, actor: action.requestedBy, approvedBy: caller.name, reason: action.reason)
            })
    }
}
