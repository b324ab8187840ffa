import DICOMCore
import DICOMStream
import Deidentification
import Durability
import Foundation
import Passage
import Sealing
import StandardTables

/// The stations on files, for the command line: the same code as on the path.
public struct InstanceStation: Sendable {
    private let key: PseudonymKey

    /// De-identified file, and what was done, for people and machines.
    public struct Result: Sendable {
        public let file: [UInt8]
        public let summary: JSONValue
        public let hasFindings: Bool
    }

    /// Uses the pseudonym key of the installation, so that its UIDs are the ones of the path.
    public init(_ configuration: GatewayConfiguration) throws {
        let directory = DataDirectory(configuration.dataDirectory)
        guard KeyRing.exists(in: directory.keys) else {
            throw GatewayError.keys("there are no keys yet; make them with `cxrgate keys init`")
        }
        key = try KeyRing.load(in: directory.keys, roles: [.reception]).secrets(for: .reception).pseudonym()
    }

    public func deidentify(_ file: [UInt8]) throws -> Result {
        let (dataSet, syntax) = try Self.parse(file)
        let clean = try deidentifier.deidentify(
            dataSet, sopClass: dataSet.uid(.sopClassUID) ?? SOPClass.computedRadiography)
        let bytes = DataSetWriter.write(clean.dataSet, transferSyntax: .explicitVRLittleEndian)
        let keyed = KeyedUIDs(key: key)
        let findings = DeidentificationVerifier().verify(
            original: dataSet, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: keyed.isOurs)
        return Result(
            file: try Part10.file(dataSet: clean.dataSet, transferSyntax: syntax),
            summary: .object([
                "actions": .number(clean.actions.count), "findings": .number(findings.count),
                "places": .array(findings.map { .string($0.description) }),
            ]), hasFindings: !findings.isEmpty)
    }

    public func explain(_ file: [UInt8]) throws -> JSONValue {
        let (dataSet, _) = try Self.parse(file)
        let clean = try deidentifier.deidentify(
            dataSet, sopClass: dataSet.uid(.sopClassUID) ?? SOPClass.computedRadiography)
        return .array(
            clean.actions.map { action in
                .object([
                    "attribute": .string("\(action.path)"),
                    "keyword": .optional(StandardTables.keyword(of: action.path.tag)),
                    "effect": .string(action.effect.rawValue),
                ])
            })
    }

    /// The de-identified image of an instance as a DICOM file. The intent must be in the journal before.
    public static func open(_ id: String, configuration: GatewayConfiguration) throws -> [UInt8] {
        let directory = DataDirectory(configuration.dataDirectory)
        let secrets = try KeyRing.load(in: directory.keys, roles: [.analysis]).secrets(for: .analysis)
        let instance = try InstanceLookup.find(id, in: Store(path: directory.database))
        let opener = ImageOpener(directory: directory, secrets: secrets, executable: "")
        let payload = try opener.payload(instance: id, study: instance.keys, path: instance.path)
        var dataSet = try DataSetParser.parse(payload.header, transferSyntax: .explicitVRLittleEndian)
        let (pixels, syntax) = try opener.pixelElement(of: payload)
        dataSet.set(pixels)
        return try Part10.file(dataSet: dataSet, transferSyntax: syntax)
    }

    private var deidentifier: Deidentifier { Deidentifier(profile: .basic, uids: KeyedUIDs(key: key)) }

    /// Header, pixels and trailer of a file as one data set, and the syntax to write it in again.
    static func parse(_ file: [UInt8]) throws -> (DataSet, TransferSyntax) {
        let contents = try Part10.read(file)
        let dataSet = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
        let syntax = contents.transferSyntax
        return (dataSet, syntax.isEncapsulated ? syntax : .explicitVRLittleEndian)
    }
}
