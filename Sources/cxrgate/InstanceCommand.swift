import ArgumentParser
import DICOMCore
import Foundation
import Gateway

struct Instance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "instance", abstract: "The stations of the path, one at a time, on files.",
        discussion: """
            Examples:
              cxrgate instance deidentify original.dcm clean.dcm
              cxrgate instance deidentify original.dcm clean.dcm --clean-pixels
              cxrgate instance verify clean.dcm --original original.dcm
              cxrgate instance pixels image.dcm             where text is burned in; changes nothing
              cxrgate instance explain original.dcm         what would be done to each attribute; no values
              cxrgate instance results original.dcm --output-dir out
              cxrgate instance validate out/0-report.dcm --source original.dcm
              cxrgate instance open ID out.dcm --reason "support case"
            """,
        subcommands: [
            Deidentify.self, Verify.self, Explain.self, Results.self, Validate.self, Open.self, Pixels.self,
        ])

    struct Deidentify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "De-identify a DICOM file, or a folder of them, with the keys of this installation.",
            discussion: """
                The profile is the configuration's. Of a folder each object is written under its new SOP Instance UID, \
                because names of files name people. Pixels are searched only with --clean-pixels, of one file at a time.

                Examples:
                  cxrgate instance deidentify original.dcm clean.dcm
                  cxrgate instance deidentify original.dcm clean.dcm --clean-pixels
                  cxrgate instance deidentify originals/ clean/
                  CXR_DEIDENTIFICATION_PROFILE=research cxrgate instance deidentify original.dcm clean.dcm

                Exit codes: 0 done; 77 the verifier found something, or a file could not be read.
                """)
        @Argument(help: "DICOM file or folder to read.") var input: String
        @Argument(help: "DICOM file or folder to write.") var output: String
        @Flag(
            name: .long,
            help: "Clean Pixel Data: cover burned-in text and the regions of the table of masks, take out comments.")
        var cleanPixels = false
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let configuration = try options.configuration()
                let station = try InstanceStation(configuration)
                let result =
                    try cleanPixels
                    ? PixelStation(configuration, executable: Executable.path)
                        .deidentify(from: input, to: output, by: station)
                    : station.deidentify(from: input, to: output)
                options.answered(result.summary) { summary in
                    let files = summary["files"].number.map { _ in
                        "\(Table.cell(summary["files"])) files, \(Table.cell(summary["unread"])) not readable, "
                    }
                    let pixels = summary["pixels"]
                    return (files ?? "") + "\(Table.cell(summary["actions"])) actions, "
                        + "\(Table.cell(summary["findings"])) findings of the verifier; "
                        + (pixels.isNull
                            ? "pixels not searched (--clean-pixels)"
                            : "\(Table.cell(pixels["text"])) lines of text, \(Table.cell(pixels["masked"])) regions covered")
                }
                if !result.isClean { throw ExitCode(CommandExit.refused.rawValue) }
            }
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what de-identification does to each attribute of a file; shows no values.")
        @Argument(help: "DICOM file to read.") var input: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let station = try InstanceStation(try options.configuration())
                options.answered(try station.explain(Files.read(input))) {
                    Table.text($0.array, columns: ["attribute", "keyword", "effect"], nothing: "nothing is done")
                }
            }
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open the de-identified image of an instance, as analysis sees it; journalled first.")
        @Argument(help: "Instance id.") var id: String
        @Argument(help: "DICOM file to write.") var output: String
        @Option(name: .long, help: "Why; goes into the journal.") var reason: String
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                let configuration = try options.configuration()
                try await options.ask(AdministrationRequest("instance open", ["id": id], reason: reason)) { _ in
                    "the intent is in the journal"
                }
                try Files.write(InstanceStation.open(id, configuration: configuration), to: output)
            }
        }
    }
}

/// Whole files in and out, with messages for people.
enum Files {
    static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Complaint("\(path) cannot be read", code: CommandExit.inputOutput.rawValue)
        }
        return Array(data)
    }

    /// Readable by its owner alone: it may show a patient.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let isWritten = FileManager.default.createFile(
            atPath: path, contents: Foundation.Data(bytes), attributes: [.posixPermissions: 0o600])
        guard isWritten else { throw Complaint("\(path) cannot be written", code: CommandExit.inputOutput.rawValue) }
    }
}
