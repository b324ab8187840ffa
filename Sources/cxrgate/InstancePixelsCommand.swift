import ArgumentParser
import Foundation
import Gateway

extension Instance {
    /// What clearance would find in the pixels of files.
    struct Pixels: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search the pixels of files for burned-in text, and their bytes for residue; changes nothing.",
            discussion: """
                Says where something stands, never what.

                Examples:
                  cxrgate instance pixels image.dcm
                  cxrgate instance pixels --json *.png     one object per file, in the same order
                """)
        @Argument(help: "DICOM, JPEG or PNG files.") var files: [String]
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let station = PixelStation(try options.configuration(), executable: Executable.path)
                let answers = try files.map { try station.search(Files.read($0)) }
                options.answered(.array(answers)) { _ in
                    zip(files, answers).map { file, answer in
                        let residue = answer["residue"].array.map { Table.cell($0) }.joined(separator: ", ")
                        return "\(file): \(answer["text"].array.count) lines of text, "
                            + (residue.isEmpty ? "no residue" : "residue: \(residue)")
                    }.joined(separator: "\n")
                }
            }
        }
    }
}
