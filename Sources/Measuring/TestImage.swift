import DICOMCore
import DICOMStream
import DICOMToolkit
import Phantom

/// An image to be sent over and over, each time under fresh UIDs: a study, a series and an instance of its own.
///
/// It is encoded once; renewing it overwrites digits in place, so that a sender costs no more than its socket.
public struct TestImage: Sendable {
    /// What is sent next.
    public private(set) var object: OutgoingObject
    /// Where the numbers in the UIDs lie in the bytes.
    private let places: [Int]
    private let run: String

    /// Digits that count the images of a run, at the end of each UID.
    private static let numberDigits = 10
    /// UIDs stand before the pixels; what lies behind this many bytes is not searched.
    private static let searchedBytes = 1 << 20

    /// Rows and columns of a picture, from `10M`, `0.5M` or `2500x2048` (16-bit samples).
    public static func dimensions(_ text: String) throws(MeasuringError) -> (rows: Int, columns: Int) {
        if text == "10M" { return (2500, 2048) }  // a common detector
        let sides = text.split(separator: "x").compactMap { Int($0) }
        let limits = 64...Phantom.maximumSide
        if sides.count == 2, sides.allSatisfy({ limits.contains($0) }) { return (sides[0], sides[1]) }
        guard text.hasSuffix("M"), let megabytes = Double(text.dropLast()), (0.01...64).contains(megabytes) else {
            throw .size(text)
        }
        let samples = megabytes * 1e6 / 2
        let columns = Int((samples / 1.22).squareRoot())
        let rows = Int(samples) / max(columns, 1)
        guard limits.contains(rows), limits.contains(columns) else { throw .size(text) }
        return (rows, columns)
    }

    /// A synthetic radiograph, 12 in 16 bits.
    public init(rows: Int, columns: Int, transferSyntax: TransferSyntax, run: UInt64) throws(MeasuringError) {
        let dataSet = PhantomStudy.crDataSet(seed: 1, rows: rows, columns: columns)
        try self.init(dataSet, transferSyntax: transferSyntax, run: run)
    }

    /// The image of a DICOM file, in its own transfer syntax.
    public init(file: [UInt8], run: UInt64) throws(MeasuringError) {
        let contents: Part10.Contents
        let dataSet: DataSet
        do throws(StreamError) {
            contents = try Part10.read(file)
            dataSet = try DataSetParser.parse(
                Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
        } catch {
            throw .image
        }
        try self.init(dataSet, transferSyntax: contents.transferSyntax, run: run)
    }

    /// `run` distinguishes the UIDs of this run from those of every other.
    private init(_ source: DataSet, transferSyntax: TransferSyntax, run: UInt64) throws(MeasuringError) {
        var dataSet = source
        let run = String(10_000_000_000_000_000_000 + run % 8_000_000_000_000_000_000)
        let zero = String(repeating: "0", count: Self.numberDigits)
        var uids: [UID] = []
        for (kind, tag) in [(1, Tag.studyInstanceUID), (2, .seriesInstanceUID), (3, .sopInstanceUID)] {
            guard let uid = UID("2.25.\(kind)\(run)\(zero)") else { throw .image }
            dataSet.set(tag, uid)
            uids.append(uid)
        }
        guard let sopClass = dataSet.uid(.sopClassUID), dataSet[.pixelData] != nil else { throw .image }
        let bytes = DataSetWriter.write(dataSet, transferSyntax: transferSyntax)
        let searched = bytes.prefix(Self.searchedBytes)
        places = uids.compactMap { uid in
            searched.firstRange(of: Array(uid.value.utf8)).map { $0.upperBound - Self.numberDigits }
        }
        guard places.count == uids.count else { throw .image }
        self.run = run
        object = OutgoingObject(
            sopClassUID: sopClass, sopInstanceUID: uids[2], transferSyntax: transferSyntax, bytes: bytes)
    }

    /// Makes it the image with this number; images of one run with different numbers have no UID in common.
    public mutating func renew(number: Int) {
        let text = String(number)
        let digits = String(repeating: "0", count: max(0, Self.numberDigits - text.utf8.count)) + text
        for place in places {
            object.bytes.replaceSubrange(place..<place + Self.numberDigits, with: Array(digits.utf8))
        }
        if let uid = UID("2.25.3\(run)\(digits)") { object.sopInstanceUID = uid }
    }

    /// The same as a file.
    public func file() -> [UInt8] {
        Part10.prefix(
            sopClass: object.sopClassUID, sopInstance: object.sopInstanceUID, transferSyntax: object.transferSyntax)
            + object.bytes
    }
}
