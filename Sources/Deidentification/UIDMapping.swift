import DICOMCore

/// Replaces UIDs: keyed, so that nobody without the key can tell which UID stood there; consistent, so that equal
/// UIDs stay equal across all objects of the key's epoch.
///
/// Source: PS3.15 E.1.1 and Table E.1-1a, action U.
public protocol UIDMapping: Sendable {
    /// The replacement: below `2.25.`, the same for the same argument.
    func mapped(_ uid: UID) -> UID
}

/// A mapping out of a closure.
public struct UIDMap: UIDMapping {
    private let map: @Sendable (UID) -> UID

    public init(_ map: @escaping @Sendable (UID) -> UID) { self.map = map }

    public func mapped(_ uid: UID) -> UID { map(uid) }
}
