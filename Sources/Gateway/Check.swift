import DICOMCore
import DICOMToolkit
import Durability
import Foundation
import Sealing

/// Everything that would keep the gateway from working, found before it starts.
public enum Check {
    public struct Finding: Sendable, Hashable {
        public let what: String
        public let isFine: Bool
        public let message: String
    }

    /// - Parameter warnings: what reading the configuration had to say about it.
    public static func run(_ configuration: GatewayConfiguration, warnings: [String] = []) -> [Finding] {
        var findings: [Finding] = []
        func note(_ what: String, _ isFine: Bool, _ message: String) {
            findings.append(Finding(what: what, isFine: isFine, message: message))
        }
        note("role", true, "a side branch, not an archive: the modality must also send the original to the PACS")
        for warning in warnings { note("configuration", true, warning) }
        let directory = DataDirectory(configuration.dataDirectory)
        let isThere = FileManager.default.fileExists(atPath: directory.path)
        if isThere, !FileManager.default.isWritableFile(atPath: directory.path) {
            note("data directory", false, "\(directory.path) cannot be written by this user")
        } else {
            note("data directory", true, directory.path)
        }
        if isThere {
            let room = DiskRoom.freeMiB(directory.path)
            note(
                "disk", room >= configuration.diskReserveMiB,
                "\(room) MiB free, \(configuration.diskReserveMiB) MiB wanted")
        }
        keys(directory, note)
        deidentification(configuration, note)
        models(directory, note)
        if configuration.dataDirectory.utf8.count > 90 {
            note("administration socket", false, "the data directory's path is too long for a Unix socket")
        }
        certificates(configuration.network, note)
        peers(configuration, directory, note)
        return findings
    }

    private static func keys(_ directory: DataDirectory, _ note: (String, Bool, String) -> Void) {
        guard KeyRing.exists(in: directory.keys) else {
            return note("keys", true, "none yet; the first start makes them")
        }
        do {
            _ = try KeyRing.load(in: directory.keys)
            note("keys", true, "complete, readable by their owner alone")
        } catch {
            note("keys", false, "\(error)")
        }
    }

    private static func deidentification(
        _ configuration: GatewayConfiguration, _ note: (String, Bool, String) -> Void
    ) {
        do {
            let profile = try configuration.deidentification.profile()
            let name = configuration.deidentification.name
            guard profile.isWeaker else {
                return note(
                    "de-identification", true,
                    "profile \(name): Basic Profile of PS3.15, \(profile.rules.count) stricter rules of the site")
            }
            note(
                "de-identification", true,
                "profile \(name) is WEAKER THAN BASIC: " + profile.weaknesses.joined(separator: "; "))
        } catch {
            note("de-identification", false, "\(error)")
        }
    }

    private static func certificates(_ network: NetworkSettings, _ note: (String, Bool, String) -> Void) {
        guard network.hasCertificate else { return }
        do {
            _ = try TLSKeeper(network, side: network.tlsPort == nil ? .client : .server).current()
        } catch {
            return note("certificate", false, "\(error)")
        }
        guard let facts = TLSKeeper.ownCertificate(network) else { return }
        let days = (facts.notAfter - Int64(Date().timeIntervalSince1970)) / 86_400
        note(
            "certificate", days >= TLSKeeper.warningDays,
            days < 0 ? "has expired" : "expires in \(days) days; fingerprint \(facts.fingerprint)")
    }

    private static func peers(
        _ configuration: GatewayConfiguration, _ directory: DataDirectory, _ note: (String, Bool, String) -> Void
    ) {
        guard FileManager.default.fileExists(atPath: directory.database) else {
            return note("AE titles", true, "none yet; see `cxrgate ae add`")
        }
        do {
            let rows = try Store(path: directory.database).read { try $0.rows("SELECT * FROM ae ORDER BY name") }
            if !rows.contains(where: { $0.text("roles")?.contains("source") == true }) {
                note("AE titles", false, "no source is registered: every modality is refused; see `cxrgate ae add`")
            }
            for row in rows where row.text("roles")?.contains("destination") == true {
                let name = row.text("name") ?? "?"
                do {
                    let entry = AEEntry(row)
                    let security =
                        entry?.options.tls == true
                        ? try TLSKeeper(configuration.network, side: .client).current().security : nil
                    guard let peer = entry?.peer(callingAETitle: configuration.aeTitle, security: security) else {
                        continue
                    }
                    try StorageRequestor.echo(peer)
                    note("destination \(name)", true, "answers C-ECHO")
                } catch {
                    note("destination \(name)", false, "does not answer C-ECHO: \(error.message)")
                }
            }
        } catch {
            note("AE titles", false, "\(error)")
        }
    }
}
