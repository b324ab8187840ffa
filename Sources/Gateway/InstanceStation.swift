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
    private let station: DeidentificationStation

    /// Uses the pseudonym key of the installation, so that its UIDs are the ones of the path.
    public init(_ configuration: GatewayConfiguration) throws {
        let directory = DataDirectory(configuration.dataDirectory)
        guard KeyRing.exists(in: directory.keys) else {
            throw GatewayError.keys("there are no keys yet; make them with `cxrgate keys init`")
        }
        let key = try KeyRing.load(in: directory.keys, roles: [.reception]).secrets(for: .reception).pseudonym()
        station = try DeidentificationStation(configuration.deidentification, key: key)
    }

    /// A whole object in memory: those without pixels.
    private func deidentify(_ file: [UInt8]) throws -> (file: [UInt8], outcome: FileDeidentification.Outcome) {
        let (dataSet, syntax) = try Self.parse(file)
        let clean = try station.deidentifier.deidentify(
            dataSet, sopClass: dataSet.uid(.sopClassUID) ?? SOPClass.computedRadiography)
        let bytes = DataSetWriter.write(clean.dataSet, transferSyntax: .explicitVRLittleEndian)
        let findings = station.verifier.verify(
            original: dataSet, output: bytes, transferSyntax: .explicitVRLittleEndian, isOurs: station.uids.isOurs)
        return (
            try Part10.file(dataSet: clean.dataSet, transferSyntax: syntax),
            FileDeidentification.Outcome(
                actions: clean.actions.count, findings: findings,
                instance: clean.dataSet.uid(.sopInstanceUID)?.value ?? "object")
        )
    }

    /// From file to file, without holding the pixels. A folder is walked, and each object is written under its new SOP
    /// Instance UID: names of files name people. Returns the summary and whether the verifier found anything.
    public func deidentify(from input: String, to output: String) throws -> Verdict {
        let work = FileDeidentification(station: station)
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: input, isDirectory: &isFolder), isFolder.boolValue else {
            let outcome = try one(work, input, output)
            return Verdict(
                summary: .object([
                    "actions": .number(outcome.actions), "findings": .number(outcome.findings.count),
                    "places": .array(outcome.findings.map { .string($0.description) }),
                ]), isClean: outcome.findings.isEmpty)
        }
        try FileManager.default.createDirectory(
            atPath: output, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var (files, actions, found, unread) = (0, 0, 0, 0)
        let temporary = output + "/.part"
        for name in FileManager.default.enumerator(atPath: input)?.compactMap({ $0 as? String }).sorted() ?? [] {
            let path = input + "/" + name
            guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
            else { continue }
            do {
                let outcome = try one(work, path, temporary)
                guard unsafe rename(temporary, "\(output)/\(outcome.instance).dcm") == 0 else {
                    throw GatewayError.system("writing a file", errno)
                }
                files += 1
                actions += outcome.actions
                found += outcome.findings.count
            } catch is StreamError {
                unread += 1
            }
        }
        return Verdict(
            summary: .object([
                "files": .number(files), "unread": .number(unread), "actions": .number(actions),
                "findings": .number(found),
            ]), isClean: found == 0 && unread == 0)
    }

    private func one(
        _ work: FileDeidentification, _ input: String, _ output: String
    ) throws -> FileDeidentification.Outcome {
        if let outcome = try work.run(from: input, to: output) { return outcome }
        let result = try deidentify(Array(Data(contentsOf: URL(fileURLWithPath: input))))
        guard
            FileManager.default.createFile(
                atPath: output, contents: Data(result.file), attributes: [.posixPermissions: 0o600])
        else { throw GatewayError.system("writing a file", errno) }
        return result.outcome
    }

    /// What the verifier says to a file: against its original, or, without one, about its structure alone.
    public func verify(_ file: [UInt8], original: [UInt8]?) throws -> Verdict {
        let contents = try Part10.read(file)
        var places: [String] = Self.envelope(file, contents)
        let output = Array(contents.dataSetBytes)
        let findings: [Deidentification.Finding]
        if let original {
            findings = station.verifier.verify(
                original: try Self.parse(original).0, output: output, transferSyntax: contents.transferSyntax,
                isOurs: station.uids.isOurs)
        } else {
            findings = station.verifier.verify(
                output: output, transferSyntax: contents.transferSyntax, isOurs: station.uids.isOurs)
        }
        places += findings.map(\.description)
        return Verdict(
            summary: .object([
                "clean": .bool(places.isEmpty), "against_original": .bool(original != nil),
                "places": .array(places.map { .string($0) }),
            ]), isClean: places.isEmpty)
    }

    /// What `verify` found, for people and machines.
    public struct Verdict: Sendable {
        public let summary: JSONValue
        public let isClean: Bool
    }

    /// Preamble and file meta information are ours, byte for byte, or they may hold anything.
    private static func envelope(_ file: [UInt8], _ contents: Part10.Contents) -> [String] {
        let meta = contents.metaInformation
        guard let sopClass = meta.uid(Tag(0x0002, 0x0002)), let instance = meta.uid(Tag(0x0002, 0x0003)) else {
            return ["VER-003 notRemoved at the file's preamble or meta information"]
        }
        let ours = Part10.prefix(sopClass: sopClass, sopInstance: instance, transferSyntax: contents.transferSyntax)
        let isOurs = file[..<contents.dataSetOffset].elementsEqual(ours)
        return isOurs ? [] : ["VER-003 notRemoved at the file's preamble or meta information"]
    }

    public func explain(_ file: [UInt8]) throws -> JSONValue {
        let (dataSet, _) = try Self.parse(file)
        let clean = try station.deidentifier.deidentify(
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
        let opener = ImageOpener(directory: directory, secrets: HeldSecrets(secrets), executable: "")
        let payload = try opener.payload(instance: id, study: instance.keys, path: instance.path)
        var dataSet = try DataSetParser.parse(payload.header, transferSyntax: .explicitVRLittleEndian)
        let (pixels, syntax) = try opener.pixelElement(of: payload)
        dataSet.set(pixels)
        return try Part10.file(dataSet: dataSet, transferSyntax: syntax)
    }

    /// Header, pixels and trailer of a file as one data set, and the syntax to write it in again.
    static func parse(_ file: [UInt8]) throws -> (DataSet, TransferSyntax) {
        let contents = try Part10.read(file)
        let dataSet = try DataSetParser.parse(Array(contents.dataSetBytes), transferSyntax: contents.transferSyntax)
        let syntax = contents.transferSyntax
        return (dataSet, syntax.isEncapsulated ? syntax : .explicitVRLittleEndian)
    }
}
