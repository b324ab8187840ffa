import Foundation

/// Measures de-identification from file to file, alternately by the product and by every peer, each over the same folder
/// as one process.
///
/// A process starts once for a folder, so its start is not what is asked about: each runs over one file, too, and the
/// difference is what the other files took.
public struct DeidentificationContest {
    /// What one took for each file, in every round.
    public struct Row: Sendable {
        public let name: String
        /// `nil` for the product.
        public let peer: DeidentifierKind?
        /// Wall-clock and processor seconds for each file.
        public let rounds: [(elapsed: Double, processor: Double)]
        /// Why it was not measured.
        public let trouble: String?

        public var milliseconds: Double { median(rounds.map(\.elapsed)) * 1e3 }
        public var processorMilliseconds: Double { median(rounds.map(\.processor)) * 1e3 }
    }

    /// How often as fast as a peer the product is: the median over rounds of neighbours.
    public struct Verdict: Sendable {
        public let peer: DeidentifierKind
        public let ratio: Double
        /// The same by processor time, which other work on the machine changes little.
        public let processorRatio: Double
        public var isMet: Bool { ratio >= peer.must }
    }

    private let executable: String
    private let python: String
    private let folder: String
    private let files: Int
    private let rounds: Int

    /// - Parameters:
    ///   - python: an interpreter that has the Python peers.
    ///   - folder: a new folder on the disk to be measured; the caller removes it.
    ///   - files: files in the folder that each de-identifies, at least 2.
    public init(executable: String, python: String, folder: String, files: Int, rounds: Int) {
        self.executable = executable
        self.python = python
        self.folder = folder
        self.files = max(files, 2)
        self.rounds = max(rounds, 1)
    }

    /// Runs the product and the peers. `file` makes the DICOM file with a number. Throws if the product itself fails; a
    /// peer that is missing or fails is a row that says so.
    public func measure(
        against peers: [DeidentifierKind], file: (Int) throws -> [UInt8], progress: (String) -> Void = { _ in }
    ) throws -> [Row] {
        let (one, many) = (try Place.folder(in: folder, "one"), try Place.folder(in: folder, "many"))
        var size = 0
        for number in 0..<files {
            let bytes = try file(number)
            size = bytes.count
            try Data(bytes).write(to: URL(fileURLWithPath: "\(many)/\(number).dcm"))
            if number == 0 { try Data(bytes).write(to: URL(fileURLWithPath: "\(one)/0.dcm")) }
        }
        var entrants = [try ourselves()] + (try peers.map(entrant))
        // The first round warms caches and is not counted.
        for round in 0...rounds {
            for index in entrants.indices where entrants[index].trouble == nil {
                progress("de-identification: round \(round) of \(rounds), \(entrants[index].name)")
                // Half of the size: a peer may pack what it writes, and one that writes no pixels has not done the work.
                guard let start = try entrants[index].run(one, in: folder, expecting: 1, smallest: size / 2),
                    let whole = try entrants[index].run(many, in: folder, expecting: files, smallest: size / 2)
                else {
                    entrants[index].trouble = "it fails, or does not write every file"
                    continue
                }
                let others = Double(files - 1)
                guard round > 0 else { continue }
                entrants[index].rounds.append(
                    (
                        max(whole.elapsed - start.elapsed, 1e-6) / others,
                        max(whole.processor - start.processor, 1e-6) / others
                    ))
            }
        }
        if let trouble = entrants.first?.trouble { throw MeasuringError.deidentifier(trouble) }
        return entrants.map { Row(name: $0.name, peer: $0.peer, rounds: $0.rounds, trouble: $0.trouble) }
    }

    /// Holds the first row, the product, against the others that were measured.
    public static func judge(_ rows: [Row]) -> [Verdict] {
        rows.compactMap { row in
            guard let ours = rows.first, let peer = row.peer, row.trouble == nil else { return nil }
            let pairs = zip(ours.rounds, row.rounds)
            return Verdict(
                peer: peer, ratio: median(pairs.map { $1.elapsed / $0.elapsed }),
                processorRatio: median(pairs.map { $1.processor / $0.processor }))
        }
    }

    private func ourselves() throws -> Entrant {
        let environment = ["CXR_CONFIG": "/nonexistent", "CXR_DATA_DIR": "\(folder)/data"]
        guard try Program.runs(executable, ["keys", "init"], environment: environment) else {
            throw MeasuringError.deidentifier("`keys init` fails")
        }
        return Entrant(
            name: "cxrgate", peer: nil, program: executable, arguments: ["instance", "deidentify"],
            environment: environment)
    }

    private func entrant(_ kind: DeidentifierKind) throws -> Entrant {
        guard let package = kind.package else {
            let program = "/usr/bin/gdcmanon"
            let isThere = FileManager.default.isExecutableFile(atPath: program)
            // Its Basic Profile encrypts the original attributes to a certificate.
            let certificate = isThere ? try BenchCertificates(in: folder).certificateFile : ""
            return Entrant(
                name: kind.rawValue, peer: kind, program: program, arguments: ["-e", "-c", certificate],
                trouble: isThere ? nil : "not installed; on Debian it is in libgdcm-tools")
        }
        var hasIt = FileManager.default.isExecutableFile(atPath: python)
        if hasIt { hasIt = try Program.runs(python, ["-c", "import \(package)"]) }
        return Entrant(
            name: kind.rawValue, peer: kind, program: python, arguments: ["-c", kind.script],
            trouble: hasIt ? nil : "not installed; `pip install \(kind.rawValue)` for the Python of --python")
    }
}

/// One who takes part.
private struct Entrant {
    let name: String
    let peer: DeidentifierKind?
    let program: String
    /// Input and output folder follow.
    let arguments: [String]
    var environment: [String: String] = [:]
    var trouble: String?
    var rounds: [(elapsed: Double, processor: Double)] = []

    /// De-identifies a folder into a new one and throws that away; `nil` if it fails or writes too little.
    func run(
        _ input: String, in folder: String, expecting count: Int, smallest: Int
    ) throws -> (elapsed: Double, processor: Double)? {
        let output = try Place.folder(in: folder, "output")
        // What cannot be removed lies in a temporary folder.
        defer { try? FileManager.default.removeItem(atPath: output) }
        let processorAtStart = Self.processorSecondsOfChildren()
        let started = ContinuousClock.now
        let isDone = try Program.runs(program, arguments + [input, output], environment: environment)
        let elapsed = started.secondsSince
        let processor = Self.processorSecondsOfChildren() - processorAtStart
        let written = try Files.below(output).filter { path in
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return (size ?? 0) >= smallest
        }
        return isDone && written.count == count ? (elapsed, processor) : nil
    }

    private static func processorSecondsOfChildren() -> Double {
        var usage = rusage()
        // Fails for a wrong argument alone.
        _ = unsafe getrusage(Int32(RUSAGE_CHILDREN.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
