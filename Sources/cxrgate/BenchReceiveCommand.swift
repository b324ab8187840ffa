import ArgumentParser
import DICOMCore
import DICOMToolkit
import Foundation
import Gateway
import Measuring

struct BenchReceive: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive", abstract: "Measure how fast images are received, beside the servers people use today.",
        discussion: """
            Starts a gateway in a temporary folder, with everything on that comes before the answer: scanning, \
            de-identification, verification, packing, sealing, sync, queue, journal. Analysis waits (--analyse lets it \
            run). --host measures a server that runs already. Each image has a study of its own; it is encoded once, so \
            that the sender is not what bounds. With --peer the servers get the same load alternately, and ratios are \
            medians over neighbouring runs: they hold on a machine that is busy with other work, too, while images per \
            second do not. --suite measures every claim of the product.

            Examples:
              cxrgate bench receive
              cxrgate bench receive --associations 4 --images 120 --peer storescp-fork,storescp-tuned,orthanc
              cxrgate bench receive --size 0.5M --images 200
              cxrgate bench receive --syntax jpeg-lossless --tls --peer storescp
              cxrgate bench receive --echo --peer storescp
              cxrgate bench receive --host 10.0.0.5 --port 104 --called PACS1 --calling CR1 --images 20
              cxrgate bench receive --suite --json
            """)

    @Option(name: .long, help: "A server that runs already, instead of a gateway of its own.") var host: String?
    @Option(name: .long) var port: UInt16 = 104
    @Option(name: .long, help: "Its AE title.") var called = "CXRGATE"
    @Option(name: .long, help: "Ours, towards it.") var calling = "BENCH"
    @Option(name: .long, help: "Associations at a time, 1…256.") var associations = 1
    @Option(name: .long, help: "Images (or, with --echo, associations) in one run, 1…100000.") var images = 60
    @Option(name: .long, help: "Size of an image: 10M, 0.5M, or rows by columns as 2500x2048.") var size = "10M"
    @Option(name: .long, help: "Its encoding: \(Syntax.allCases.map(\.rawValue).joined(separator: ", ")).")
    var syntax = Syntax.explicit
    @Option(name: .long, help: "A DICOM file to send instead; its UIDs are replaced.") var file: String?
    @Flag(name: .long, help: "Over mutual TLS, with certificates made for the run.") var tls = false
    @Flag(name: .long, help: "Send with DCMTK's storescu, as shipped.") var storescu = false
    @Flag(name: .long, help: "Associations that say C-ECHO and go, instead of images.") var echo = false
    @Flag(name: .long, help: "Let the gateway analyse meanwhile.") var analyse = false
    @Option(
        name: .long, help: "Servers to alternate with: \(PeerKind.allCases.map(\.rawValue).joined(separator: ", ")).",
        transform: Self.peers)
    var peer: [PeerKind] = []
    @Flag(name: .long, help: "Measure every claim of the product against every peer; some minutes.") var suite = false
    @Option(name: .long, help: "Runs of each server; 5 or more for figures that are told to others.") var rounds = 5
    @Option(name: .long, help: "Folder on the disk to be measured.") var folder = NSTemporaryDirectory()
    @Flag(name: .long, help: "Answer in JSON, for machines.") var json = false

    private static func peers(_ text: String) throws -> [PeerKind] {
        try text.split(separator: ",").map { name in
            guard let kind = PeerKind(rawValue: String(name)) else { throw ValidationError("no such peer: \(name)") }
            return kind
        }
    }

    func validate() throws {
        guard (1...256).contains(associations) else { throw ValidationError("--associations is 1 to 256") }
        guard (1...100_000).contains(images) else { throw ValidationError("--images is 1 to 100000") }
        guard (1...1_000).contains(rounds) else { throw ValidationError("--rounds is 1 to 1000") }
        guard host == nil || (!suite && !tls && peer.isEmpty) else {
            throw ValidationError("--host goes with neither --suite nor --peer nor --tls")
        }
        guard AETitle(called) != nil, AETitle(calling) != nil else {
            throw ValidationError("an AE title is 1 to 16 printable ASCII characters without backslash")
        }
    }

    func run() async throws {
        try await complaining {
            let parent = "\(folder)/cxrgate-bench-\(Identifier.random())"
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(atPath: parent) }
            let bench = ReceptionBench(
                executable: Executable.path, folder: parent, rounds: rounds,
                run: UInt64.random(in: 0...UInt64.max))
            let bytes = try file.map { try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) }
            var results: [ReceptionBench.Result] = []
            for scenario in suite ? ReceptionScenario.suite : [scenario] {
                results.append(
                    try bench.measure(scenario, server: server, file: bytes, analyses: analyse) { text in
                        if isatty(STDERR_FILENO) != 0 { Terminal.note(text) }
                    })
            }
            print(json ? Options.text(of: .array(results.map(Self.value))) : Self.text(results))
            if suite, !results.allSatisfy(\.isMet) { throw ExitCode(CommandExit.failed.rawValue) }
        }
    }

    private var scenario: ReceptionScenario {
        .custom(
            size: size, syntax: syntax, associations: associations, count: images, sender: sender, isSecure: tls,
            peers: peer)
    }

    private var sender: ReceptionScenario.Sender { echo ? .echo : storescu ? .storescu : .ours }

    private var server: Peer? {
        guard let host, let title = AETitle(called), let own = AETitle(calling) else { return nil }
        return Peer(host: host, port: port, aeTitle: title, callingAETitle: own)
    }
}
