/// The servers that people use today, as shipped and as an expert would tune them.
public enum PeerKind: String, Sendable, Hashable, CaseIterable {
    /// DCMTK's `storescp`: one association at a time, no sync.
    case storescp
    /// The same with a process for each association.
    case storescpFork = "storescp-fork"
    /// No Nagle delay, a process for each association, bytes written as they come, PDUs of 128 KiB; no sync.
    case storescpTuned = "storescp-tuned"
    /// Syncs what it stores.
    case orthanc
    /// No Nagle delay, PDUs of 128 KiB.
    case orthancTuned = "orthanc-tuned"
}
