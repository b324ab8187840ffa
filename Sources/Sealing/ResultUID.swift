import DICOMCore

/// What makes a result the result that it is. Two results with the same identity are the same object.
public struct ResultIdentity: Sendable, Hashable {
    /// The study, or the instance (`ObjectID.bytes`), that was assessed. 16 bytes.
    public var source: [UInt8]
    /// Version of the model with its hash.
    public var modelVersion: String
    /// What it is: `report`, `heatmap`, or the series that holds it.
    public var kind: String
    /// Digest of the set of instances that were looked at.
    public var sourceSetDigest: [UInt8]
    /// 0 for the first report; a late image makes another.
    public var revision: UInt32
    public var sopClass: UID

    public init(
        source: [UInt8], modelVersion: String, kind: String, sourceSetDigest: [UInt8], revision: UInt32, sopClass: UID
    ) {
        self.source = source
        self.modelVersion = modelVersion
        self.kind = kind
        self.sourceSetDigest = sourceSetDigest
        self.revision = revision
        self.sopClass = sopClass
    }

    /// Every part behind its length, so that no two identities have the same bytes.
    var name: [UInt8] {
        let parts = [
            source, Array(modelVersion.utf8), Array(kind.utf8), sourceSetDigest, revision.bigEndianBytes,
            Array(sopClass.value.utf8),
        ]
        return parts.flatMap { UInt32($0.count).bigEndianBytes + $0 }
    }
}

/// Gives results their UIDs: keyed, so that they say nothing, and derived, so that a retry sends the same object.
public struct ResultUIDKey: Sendable, Hashable {
    let uidKey: SecretBytes
    let markKey: SecretBytes

    init(uidKey: SecretBytes, markKey: SecretBytes) {
        self.uidKey = uidKey
        self.markKey = markKey
    }

    /// `2.25.` and a keyed number. Source: PS3.5 B.2.
    public func uid(for identity: ResultIdentity) throws(SealingError) -> UID {
        try MarkedUID.make(name: identity.name, key: uidKey, markKey: markKey)
    }

    /// Whether a UID is one of ours (instance or result). Wrong for one foreign UID in 2³².
    public func isPossiblyOurs(_ uid: UID) throws(SealingError) -> Bool {
        try MarkedUID.isMarked(uid, markKey: markKey)
    }
}

extension ResultUIDKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "‹result UID key›" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
