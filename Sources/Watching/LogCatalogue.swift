/// What stands behind the number of an event.
public struct LogEntry: Sendable, Hashable {
    public let level: LogLevel
    public let component: LogComponent
    /// A sentence without any value.
    public let text: String
    /// What a person does about it; "nothing" where nothing is to be done.
    public let remedy: String

    init(_ level: LogLevel, _ component: LogComponent, _ text: String, _ remedy: String) {
        self.level = level
        self.component = component
        self.text = text
        self.remedy = remedy
    }
}

extension LogEvent {
    public var entry: LogEntry {
        switch self {
        case .weakerProfile:
            LogEntry(
                .warning, .supervisor, "the de-identification profile is WEAKER THAN BASIC; see `cxrgate check`",
                "see that the site has decided this")
        case .roleEnded:
            LogEntry(
                .warning, .supervisor, "a role ended and is started again",
                "see the lines before; nothing was lost, but one that ends often wants a report")
        case .roleCannotStart:
            LogEntry(.error, .supervisor, "a role cannot be started", "see the error, and `cxrgate check`")
        case .housekeepingFailed:
            LogEntry(.error, .supervisor, "housekeeping failed", "see the error; it is tried again")
        case .endNotJournalled:
            LogEntry(.error, .supervisor, "the end could not be journalled", "see why the journal cannot be written")
        case .kernelsCorrected:
            LogEntry(
                .notice, .supervisor, "OpenBLAS had picked kernels below what this CPU has; corrected", "nothing")
        case .roleWorks: LogEntry(.info, .supervisor, "a role works", "nothing")
        case .levelChanged: LogEntry(.notice, .supervisor, "a log level was changed", "nothing")

        case .configurationWarning:
            LogEntry(.warning, .supervisor, "the configuration can be read, but", "`cxrgate config check`")
        case .configurationFileHolds:
            LogEntry(
                .notice, .supervisor, "the file was changed since a configuration was applied; the file holds",
                "`cxrgate config history` has what was applied")

        case .associationRefused:
            LogEntry(.notice, .reception, "refused an association", "`cxrgate ae doctor NAME` says what mends it")
        case .instanceRefused:
            LogEntry(.notice, .reception, "refused an instance", "`cxrgate ae doctor NAME` says what mends it")
        case .imageNotBegun:
            LogEntry(
                .error, .reception, "an image could not be begun",
                "see the error; the modality was told, and sends again")
        case .refusalNotJournalled:
            LogEntry(.error, .reception, "a refusal could not be journalled", "see why the journal cannot be written")
        case .commitmentReportNotKept:
            LogEntry(
                .error, .reception, "a report of commitment could not be kept", "see the error; it is asked for again")
        case .receivesOverTLS: LogEntry(.notice, .reception, "receives over TLS", "nothing")
        case .receivesOnAnotherPort:
            LogEntry(
                .notice, .reception, "receives on another port too",
                "let the modalities follow; the one before answers until the next start")
        case .certificatesRenewed: LogEntry(.notice, .reception, "new certificates are in use", "nothing")
        case .certificatesUnusable:
            LogEntry(
                .error, .reception, "the new certificates cannot be used; the old ones stay", "mend the files")
        case .originalsNotAsked:
            LogEntry(
                .notice, .reception, "a destination could not be asked for originals", "see the error, and the peer")
        case .commitmentReportUndelivered:
            LogEntry(
                .warning, .reception, "a report of commitment did not reach its source",
                "see the source's host and port: `cxrgate ae show NAME`")
        case .commitmentReportNotJournalled:
            LogEntry(
                .error, .reception, "a report of commitment could not be journalled",
                "see why the journal cannot be written")
        case .destinationsUnreadable:
            LogEntry(.error, .reception, "the destinations could not be read", "see the error, and the disk")

        case .leasesNotRecovered:
            LogEntry(.error, .queue, "leases could not be taken back", "see the error; they run out in two minutes")
        case .queueUnreadable: LogEntry(.error, .queue, "the queue could not be read", "see the error, and the disk")
        case .jobFailed:
            LogEntry(.warning, .queue, "a job failed", "`cxrgate trace JOB`; a dead one: `cxrgate queue retry JOB`")

        case .imageNotNamed:
            LogEntry(
                .notice, .results, "an image without a finding cannot be named in a report", "nothing")
        case .sweepFailed:
            LogEntry(.error, .results, "committed results could not be swept", "see the error, and the disk")
        case .destinationsUnserved:
            LogEntry(.error, .delivery, "the destinations cannot be served", "see the error, and the disk")
        case .destinationNotServed:
            LogEntry(.error, .delivery, "a destination could not be served", "see the error: `cxrgate ae echo NAME`")
        case .commitmentNotAsked:
            LogEntry(.warning, .delivery, "commitment could not be asked for", "see the error; it is asked for again")
        case .deliveryNotEnded:
            LogEntry(
                .error, .delivery, "a delivery could not be brought to its end",
                "see the error; it is tried again when its lease runs out")
        case .resultHeld:
            LogEntry(.warning, .delivery, "a result is held", "see why: `cxrgate trace JOB`; then `queue retry JOB`")
        case .reportClassAccepted: LogEntry(.notice, .delivery, "a destination takes reports", "nothing")

        case .journalUnwritable:
            LogEntry(
                .error, .journal, "the journal cannot be written",
                "see the error, and the disk; images are refused meanwhile unless journal.on_failure says otherwise")
        case .outboxNotTrimmed:
            LogEntry(.error, .journal, "the journal's outbox could not be trimmed", "nothing; the next start does it")
        case .segmentsStay:
            LogEntry(.error, .journal, "old segments of the journal stay", "see the error, and the disk")
        case .checkpointNotKept:
            LogEntry(
                .error, .journal, "a checkpoint could not be kept elsewhere", "see journal.anchors and the error")
        case .auditWaits:
            LogEntry(.error, .journal, "audit messages wait", "see the error, and the collector; none is lost")

        case .rotationNotEnded:
            LogEntry(.error, .keys, "a rotation could not be ended", "see the error; it is tried again")
        case .keysNotRewrapped:
            LogEntry(.error, .keys, "study keys could not be rewrapped", "see the error; it is tried again")

        case .alarmRaised: LogEntry(.warning, .watch, "an alarm", "`cxrgate alarms` says what it is and what to do")
        case .alarmEnded: LogEntry(.notice, .watch, "an alarm has ended", "nothing")
        case .watchFailed: LogEntry(.error, .watch, "the gateway could not look after itself", "see the error")
        case .watchServes: LogEntry(.notice, .watch, "health, metrics and the status page are served", "nothing")
        case .watchRoleEnded:
            LogEntry(
                .warning, .watch, "the watch role ended and is started again",
                "see whether another program has the port: watch.port; images are not affected")
        case .canaryNotClosed:
            LogEntry(
                .error, .watch, "what a canary left behind could not be put away", "see the error; the next one does it"
            )
        case .driftFound:
            LogEntry(
                .warning, .watch, "images of a source are not as they were",
                "`cxrgate model drift` says in what, since when, and from which device")
        case .driftNotLooked: LogEntry(.error, .watch, "drift could not be looked at", "see the error")
        case .performanceLogWaits:
            LogEntry(
                .warning, .watch, "records of the performance log wait",
                "see the error, and the disk; none is lost")
        case .modelRefused:
            LogEntry(
                .error, .watch, "a model may not work",
                "see why, and `cxrgate model verify`; images wait: `cxrgate model rollback` lets another speak")
        case .modelsNotChecked:
            LogEntry(.error, .watch, "the models could not be checked", "see the error, and the disk")
        case .shadowNotLooked:
            LogEntry(
                .error, .watch, "the second model of an experiment could not look",
                "see the error; no result waits for it: `cxrgate model ab status`")
        }
    }
}

/// The catalogue as people read it.
public enum LogCatalogue {
    /// A table in Markdown, one line for each event.
    public static var markdown: String {
        let head = """
            # What the log says

            Each line of the log is one event: a number that never changes its meaning, a sentence, and facts beside it.
            Printed by `cxrgate logs catalogue`; nothing else is ever logged, and nothing that identifies a patient can be:
            the logger takes no free text (`Sources/Watching/LogFact.swift`).

            | event | level | component | what it says | what to do |
            | --- | --- | --- | --- | --- |

            """
        return head
            + LogEvent.allCases.map { event in
                let entry = event.entry
                return "| \(event.rawValue) | \(entry.level) | \(entry.component) | \(entry.text) | \(entry.remedy) |\n"
            }.joined()
    }
}
