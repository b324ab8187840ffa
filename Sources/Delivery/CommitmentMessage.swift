import DICOMCore
import DICOMStream

/// One object in a Storage Commitment message.
public struct CommitmentReference: Sendable, Hashable {
    public let sopClassUID: UID
    public let sopInstanceUID: UID

    public init(sopClassUID: UID, sopInstanceUID: UID) {
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
    }
}

/// The request to take responsibility for objects, and the report on it.
///
/// Source: PS3.4 J.3.2 (N-ACTION), J.3.3 (N-EVENT-REPORT).
public struct CommitmentMessage: Sendable, Hashable {
    public let transactionUID: UID
    /// Asked for; or, in a report, committed.
    public var references: [CommitmentReference]
    /// In a report: not committed.
    public var failed: [CommitmentReference]

    public init(transactionUID: UID, references: [CommitmentReference], failed: [CommitmentReference] = []) {
        self.transactionUID = transactionUID
        self.references = references
        self.failed = failed
    }

    /// Objects in one request: some peers handle long lists badly, and one bad object spoils fewer.
    public static let referenceLimit = 100

    private static let transaction = Tag(0x0008, 0x1195)
    private static let referencedSOP = Tag(0x0008, 0x1199)
    private static let failedSOP = Tag(0x0008, 0x1198)
    private static let failureReason = Tag(0x0008, 0x1197)
    /// "Processing failure", where a failed object is to have a reason (PS3.3 C.14.1.1).
    private static let processingFailure: UInt16 = 0x0110

    /// Reads the data set of a request or a report; `nil` if it has no transaction. Entries without UIDs are left out.
    public init?(_ bytes: [UInt8], transferSyntax: TransferSyntax) {
        guard let dataSet = try? DataSetParser.parse(bytes, transferSyntax: transferSyntax),
            let transaction = dataSet.uid(Self.transaction)
        else { return nil }
        func references(_ tag: Tag) -> [CommitmentReference] {
            dataSet.items(tag).compactMap { item in
                guard let sopClass = item.uid(.referencedSOPClassUID),
                    let instance = item.uid(.referencedSOPInstanceUID)
                else { return nil }
                return CommitmentReference(sopClassUID: sopClass, sopInstanceUID: instance)
            }
        }
        self.init(
            transactionUID: transaction, references: references(Self.referencedSOP),
            failed: references(Self.failedSOP))
    }

    /// The data set of the message.
    public func encoded(in transferSyntax: TransferSyntax) -> [UInt8] {
        var dataSet = DataSet()
        dataSet.set(Self.transaction, transactionUID)
        func item(_ reference: CommitmentReference, hasFailed: Bool) -> DataSet {
            var item = DataSet()
            item.set(.referencedSOPClassUID, reference.sopClassUID)
            item.set(.referencedSOPInstanceUID, reference.sopInstanceUID)
            if hasFailed { item.set(Self.failureReason, Self.processingFailure) }
            return item
        }
        if !references.isEmpty {
            dataSet.set(Self.referencedSOP, items: references.map { item($0, hasFailed: false) })
        }
        if !failed.isEmpty { dataSet.set(Self.failedSOP, items: failed.map { item($0, hasFailed: true) }) }
        return DataSetWriter.write(dataSet, transferSyntax: transferSyntax)
    }
}
