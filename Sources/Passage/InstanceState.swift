/// Where an instance stands on its path, and the one table of what may follow.
///
/// Every change is one database transaction with the journal entries that it owes (DESIGN §1, §2).
public enum InstanceState: String, Sendable, Codable, CaseIterable {
    /// Bytes are arriving; never stored under this name.
    case received
    /// Sealed and answered; its pixels have not been cleared yet, and inference may not run.
    case clearing
    /// Set aside for a person; `quarantine` lists it.
    case held
    /// Cleared; inference may run.
    case ready
    /// Findings exist.
    case analysed
    /// Its results are made and wait for delivery.
    case reported
    /// Every destination has answered.
    case delivered
    /// Every destination that is asked to has committed to keep the results.
    case committed
    /// A person rejected it.
    case refused
    /// The model must not look at it; the reason is recorded.
    case notEligible = "not-eligible"
    /// It could not be analysed or answered; the reason is recorded.
    case failed
    /// Its time was over.
    case expired
    /// Its keys were destroyed.
    case shredded
    /// Its results were taken back.
    case withdrawn

    /// The states that may follow this one.
    public var successors: Set<InstanceState> {
        switch self {
        case .received: [.clearing, .held, .notEligible]
        case .clearing: [.ready, .held, .refused, .notEligible, .failed, .analysed, .expired, .shredded]
        case .held: [.clearing, .refused, .expired, .shredded]
        case .ready: [.analysed, .notEligible, .failed, .expired, .shredded]
        case .analysed: [.reported, .failed, .withdrawn, .expired, .shredded]
        case .reported: [.delivered, .failed, .analysed, .withdrawn, .expired, .shredded]
        case .delivered: [.committed, .withdrawn, .expired, .shredded, .analysed]
        case .committed: [.withdrawn, .expired, .shredded, .analysed]
        case .failed: [.clearing, .expired, .shredded]
        case .notEligible, .refused, .withdrawn: [.expired, .shredded]
        case .expired: [.shredded]
        case .shredded: []
        }
    }

    /// Nothing more happens by itself.
    public var isTerminal: Bool {
        switch self {
        case .committed, .delivered, .refused, .notEligible, .failed, .expired, .shredded, .withdrawn: true
        case .received, .clearing, .held, .ready, .analysed, .reported: false
        }
    }
}
