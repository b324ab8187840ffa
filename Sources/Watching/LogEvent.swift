/// Everything that the gateway says in its log: numbered, once for all. A number is never used for anything else.
///
/// ``LogCatalogue`` tells level, component, text and remedy of each; `Conformance/LogEvents.md` is printed from it.
public enum LogEvent: Int, Sendable, Hashable, CaseIterable {
    // Supervisor.
    case weakerProfile = 101
    case roleEnded = 102
    case roleCannotStart = 103
    case housekeepingFailed = 104
    case endNotJournalled = 105
    case kernelsCorrected = 106
    case roleWorks = 107
    case levelChanged = 108
    case configurationWarning = 109
    case configurationFileHolds = 110

    // Reception.
    case associationRefused = 201
    case instanceRefused = 202
    case imageNotBegun = 203
    case refusalNotJournalled = 204
    case commitmentReportNotKept = 205
    case receivesOverTLS = 206
    case certificatesRenewed = 207
    case certificatesUnusable = 208
    case originalsNotAsked = 209
    case commitmentReportUndelivered = 210
    case commitmentReportNotJournalled = 211
    case destinationsUnreadable = 212
    case receivesOnAnotherPort = 213

    // Queue.
    case leasesNotRecovered = 301
    case queueUnreadable = 302
    case jobFailed = 303

    // Results and delivery.
    case imageNotNamed = 401
    case sweepFailed = 402
    case destinationsUnserved = 411
    case destinationNotServed = 412
    case commitmentNotAsked = 413
    case deliveryNotEnded = 414
    case resultHeld = 415
    case reportClassAccepted = 416

    // Journal.
    case journalUnwritable = 501
    case outboxNotTrimmed = 502
    case segmentsStay = 503
    case checkpointNotKept = 504
    case auditWaits = 505

    // Keys.
    case rotationNotEnded = 601
    case keysNotRewrapped = 602

    // Watching.
    case alarmRaised = 701
    case alarmEnded = 702
    case watchFailed = 703
    case watchServes = 704
    case watchRoleEnded = 705
    case canaryNotClosed = 706

    // Models in use.
    case driftFound = 801
    case driftNotLooked = 802
    case performanceLogWaits = 803
    case modelRefused = 804
    case modelsNotChecked = 805
    case shadowNotLooked = 806
}
