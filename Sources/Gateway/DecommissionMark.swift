import Durability
import Foundation

/// How far a decommissioning has come, in a file of the data directory: with it nothing else works there any more.
struct DecommissionMark: Sendable, Codable, Hashable {
    enum Phase: String, Sendable, Codable {
        /// Agreed and begun: studies lose their keys; the journal is still written.
        case studies
        /// The certificate is signed; the keys of the installation go.
        case keys
        /// Nothing opens any more.
        case done
    }

    var phase: Phase
    /// The action that two persons agreed on.
    let action: String
    let requestedBy: String
    let approvedBy: String
    let confirmedBy: String
    /// The folder that was found empty and is ours since: what a confirmation that was cut short left there is written
    /// again, and the certificate comes to lie beside the journal.
    var export: String?

    static let name = "decommission.mark"

    /// `nil` if nobody has begun one. A mark that cannot be read is an error: behind it keys may be gone.
    static func read(_ directory: DataDirectory, disk: any Disk = RealDisk()) throws -> DecommissionMark? {
        do {
            return try JSONDecoder().decode(DecommissionMark.self, from: Data(disk.read(directory.file(name))))
        } catch let error as DiskError where error.isMissing {
            return nil
        }
    }

    func write(_ directory: DataDirectory, disk: any Disk) throws {
        try DurableFile.write(
            Array(try JSONEncoder.sorted.encode(self)), to: directory.file(Self.name), disk: disk, replacing: true)
    }

    /// Throws `refused` if a decommissioning was begun here, whether it has ended or not.
    static func check(_ directory: DataDirectory) throws {
        guard let mark = try read(directory) else { return }
        guard mark.phase == .done else {
            throw GatewayError.refused(
                "a decommissioning of this installation was begun; end it with the same `cxrgate decommission confirm`")
        }
        throw GatewayError.refused(
            "this installation was decommissioned: its keys are destroyed, and nothing that it held can be opened; "
                + "for a new one name another data directory")
    }
}
