import DICOMCore
import Durability
import Reception

/// The callers in the table `ae`, read anew for each association.
struct RegisteredSenders: SenderDirectory {
    let store: Store

    func sources(titled title: AETitle) throws -> [KnownSender] {
        let (rows, canary, isPaused, paused) = try store.read { transaction in
            (
                try transaction.rows("SELECT * FROM ae WHERE title = ? COLLATE NOCASE", .text(title.value)),
                title.value == Canary.title ? try Canary.entry(in: transaction) : nil,
                try PauseBook.pause(of: .reception, in: transaction) != nil,
                Set(try PauseBook.all(in: transaction).map(\.what))
            )
        }
        return (rows.compactMap { AEEntry($0) } + [canary].compactMap(\.self)).filter { entry in
            let isMeant = entry.title == title.value || entry.options.ignoresCase
            return isMeant && (entry.isSource || (entry.isDestination && entry.options.commitment))
        }.map { entry in
            // A destination's host is where we call it; its reports may come from another interface of it.
            let host = entry.isSource ? entry.host : nil
            var sender = KnownSender(title: title, addresses: Set(entry.options.addresses + [host].compactMap { $0 }))
            sender.isSource = entry.isSource
            // A destination's reports of commitment are let in: they end what is owed.
            sender.isPaused = entry.isSource && (isPaused || paused.contains("ae " + entry.name))
            sender.requestsCommitment = entry.isSource && entry.options.commitmentService
            sender.reportsCommitment = entry.isDestination && entry.options.commitment
            sender.requiresTLS = entry.options.tls
            sender.fingerprint = entry.options.fingerprint
            sender.maxAssociations = entry.options.maxAssociations
            sender.associationsPerMinute = entry.options.associationsPerMinute
            return sender
        }
    }
}
