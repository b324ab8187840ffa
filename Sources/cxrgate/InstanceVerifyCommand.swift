import ArgumentParser
import DICOMCore
import Foundation
import Gateway

extension Instance {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a file is free of identities, by the verifier of the path and its profile.",
            discussion: """
                With --original every value that had to go is looked for in every byte. Without it the file's structure \
                is judged: what may be there, what must not, whose UIDs they are. UIDs are told by the keys of this \
                installation.

                Examples:
                  cxrgate instance verify clean.dcm --original original.dcm
                  cxrgate instance verify clean.dcm --json

                Exit codes: 0 clean; 77 something was found.
                """)
        @Argument(help: "DICOM file to judge.") var input: String
        @Option(name: .long, help: "The file that it was made from.") var original: String?
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let station = try InstanceStation(try options.configuration())
                let verdict = try station.verify(Files.read(input), original: try original.map(Files.read))
                options.answered(verdict.summary) { summary in
                    verdict.isClean ? "clean" : summary["places"].array.map { Table.cell($0) }.joined(separator: "\n")
                }
                if !verdict.isClean { throw ExitCode(CommandExit.refused.rawValue) }
            }
        }
    }
}
