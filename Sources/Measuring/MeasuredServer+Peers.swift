import DICOMToolkit
import Foundation

extension MeasuredServer {
    /// Starts a foreign server in a folder below `parent`. With `security` it speaks TLS (`storescp` only).
    public static func start(
        _ kind: PeerKind, in parent: String, security: BenchCertificates? = nil
    ) throws -> MeasuredServer {
        let folder = try Place.folder(in: parent, "\(kind.rawValue)\(security == nil ? "" : "-tls")")
        let port = try Place.freePort()
        switch kind {
        case .storescp, .storescpFork, .storescpTuned:
            return try storescp(kind, folder: folder, port: port, security: security)
        case .orthanc, .orthancTuned:
            return try orthanc(isTuned: kind == .orthancTuned, folder: folder, port: port)
        }
    }

    private static func storescp(
        _ kind: PeerKind, folder: String, port: UInt16, security: BenchCertificates?
    ) throws -> MeasuredServer {
        let files = try Place.folder(in: folder, "files")
        var arguments = ["-aet", "PEER", "-od", files, "+xa", "-uf"]
        if kind != .storescp { arguments.append("--fork") }
        if kind == .storescpTuned { arguments += ["+B", "-pdu", "131072"] }
        var peer = try Place.peer("PEER", port: port)
        if let security {
            arguments += ["+tls", security.keyFile, security.certificateFile, "-pw", "+cf", security.authorityFile]
            peer.security = try security.client()
        }
        return try MeasuredServer(
            Recipe(
                name: kind.rawValue, peer: peer, syncs: false, folder: folder, program: "/usr/bin/storescp",
                arguments: arguments + ["\(port)"],
                environment: kind == .storescpTuned ? ["TCP_NODELAY": "1"] : [:]))
    }

    private static func orthanc(isTuned: Bool, folder: String, port: UInt16) throws -> MeasuredServer {
        let database = try Place.folder(in: folder, "db")
        var settings: [String: Any] = [
            "Name": "PEER", "StorageDirectory": database, "IndexDirectory": database, "HttpServerEnabled": false,
            "DicomPort": Int(port), "DicomAet": "PEER", "Plugins": [String](),
        ]
        if isTuned { settings["MaximumPduLength"] = 131_072 }
        let file = "\(folder)/orthanc.json"
        try JSONSerialization.data(withJSONObject: settings).write(to: URL(fileURLWithPath: file))
        return try MeasuredServer(
            Recipe(
                name: isTuned ? PeerKind.orthancTuned.rawValue : PeerKind.orthanc.rawValue,
                peer: try Place.peer("PEER", port: port),
                syncs: true, folder: folder, program: "/usr/sbin/Orthanc", arguments: [file],
                environment: isTuned ? ["TCP_NODELAY": "1"] : [:]))
    }
}
