import ArgumentParser
import Foundation
import Gateway
import Measuring
import Sealing

/// How fast a station is, alone, on one core of this machine.
struct BenchSeal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Bytes sealed and opened in a second of processor time.",
        discussion: """
            With --against openssl it takes turns with `openssl speed -evp aes-256-gcm -bytes 1048576`, and prints the \
            median of the ratios of neighbouring rounds. Bound: sealing at 0.6 of the bare cipher.

            Examples:
              cxrgate bench seal --mebibytes 512
              cxrgate bench seal --against openssl --runs 7
            """)
    @Option(name: .long, help: "How much.") var mebibytes = 512
    @Option(name: .long, help: "What to take turns with: openssl.") var against: String?
    @Option(name: .long, help: "Rounds, 1…1000; figures are medians.") var runs = 1
    @OptionGroup var options: Options

    /// Part of the bare cipher's speed at which files are sealed: framing and associated data may cost the rest.
    private static let mustOfCipher = 0.6

    func validate() throws {
        guard (1...16_384).contains(mebibytes) else { throw ValidationError("--mebibytes is 1 to 16384") }
        guard (1...1_000).contains(runs) else { throw ValidationError("--runs is 1 to 1000") }
        if let against, against != "openssl" { throw ValidationError("--against takes openssl") }
    }

    func run() async throws {
        try await complaining {
            var rounds: [(sealing: Double, opening: Double)] = []
            var bare: [Double] = []
            for _ in 0..<runs {
                rounds.append(try Self.measure(mebibytes))
                if against != nil { bare.append(try OpenSSLSpeed.aes256GCM()) }
            }
            let (sealing, opening) = (median(rounds.map(\.sealing)), median(rounds.map(\.opening)))
            var answer: [String: JSONValue] = [
                "mebibytes": .number(mebibytes), "seal": .number(sealing), "open": .number(opening),
            ]
            var text = String(format: "sealed %.0f MB/s, opened %.0f MB/s", sealing / 1e6, opening / 1e6)
            if !bare.isEmpty {
                let ratio = median(zip(rounds, bare).map { $0.sealing / $1 })
                answer["openssl"] = .number(median(bare))
                answer["ratio"] = .number(ratio)
                text += String(
                    format: "\n  %.2f of `openssl speed`, %.0f MB/s (bound %.1f): ", ratio, median(bare) / 1e6,
                    Self.mustOfCipher)
                text += ratio >= Self.mustOfCipher ? "met" : "MISSED"
            }
            options.answered(.object(answer)) { [text] _ in text }
        }
    }

    /// Bytes in a second of processor time, through the stream interfaces, to and from memory.
    private static func measure(_ mebibytes: Int) throws -> (sealing: Double, opening: Double) {
        guard let object = ObjectID(bytes: [UInt8](repeating: 1, count: 16)),
            let study = StudyID(bytes: [UInt8](repeating: 2, count: 16))
        else { return (0, 0) }
        let context = SealedContext(kind: .image, object: object, study: study)
        let key = try P256PrivateKey.generate()
        // The size of a large radiograph, sealed again and again, as while it arrives: nothing is gathered.
        let image = [UInt8](repeating: 7, count: 16 << 20)
        let rounds = max(1, mebibytes / 16)
        let sealed = try Sealed.seal(image, context: context, to: key.publicKey)
        var bytesOut = 0
        let sealing = try processorSeconds {
            for _ in 0..<rounds {
                let writer = try unsafe SealedWriter(context: context, to: key.publicKey) { bytesOut += $0.count }
                try writer.write(image)
                try writer.finish()
            }
        }
        let opening = try processorSeconds {
            for _ in 0..<rounds { bytesOut += try open(sealed, context: context, with: key) }
        }
        guard bytesOut > rounds * image.count else { throw Complaint("nothing was sealed", code: 70) }
        let bytes = Double(rounds * image.count)
        return (bytes / sealing, bytes / opening)
    }

    /// Bytes that a sealed file in memory gives.
    private static func open(_ sealed: [UInt8], context: SealedContext, with key: P256PrivateKey) throws -> Int {
        try unsafe sealed.withUnsafeBytes { sealed in
            var position = 0
            var bytesOut = 0
            let reader = try unsafe SealedReader(context: context, with: key) { buffer in
                let count = min(buffer.count, sealed.count - position)
                unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: sealed[position..<position + count]))
                position += count
                return count
            }
            while try unsafe reader.withNextChunk({ bytesOut += $0.count }) != nil {}
            return bytesOut
        }
    }

    /// Seconds of processor time, as `openssl speed` counts them: others who use the machine do not matter.
    private static func processorSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return max(now() - start, 1e-9)
    }
}
