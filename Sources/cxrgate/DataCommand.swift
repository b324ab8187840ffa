import ArgumentParser
import DICOMCore
import DICOMStream
import Foundation
import Gateway
import Phantom

struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Look at data, divide it, and make radiographs: synthetic ones, or DICOM objects around pictures.",
        discussion: """
            Examples:
              cxrgate data stats pictures/
              cxrgate data split pictures/ --shares train=0.8,test=0.2
              cxrgate data generate out/ --count 3 --seed 7
              cxrgate data wrap picture.jpeg chest.dcm --seed 1
            """,
        subcommands: [Stats.self, Split.self, Generate.self, Wrap.self])

    struct Wrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap a baseline JPEG or a PNG as a CR object of a fictitious patient.")
        @Argument(help: "JPEG or PNG file.") var input: String
        @Argument(help: "DICOM file to write.") var output: String
        @Option(name: .long, help: "Decides the fictitious patient and the UIDs.") var seed: UInt64 = 1
        @OptionGroup var options: Options

        func run() async throws {
            try await complaining {
                guard let image = try PictureFile(Files.read(input)),
                    let pixels = GrayPixels(gray8: image.gray8, rows: image.rows, columns: image.columns)
                else {
                    throw Complaint(
                        "\(input) is neither a JPEG nor a PNG with pixels", code: CommandExit.badData.rawValue)
                }
                let dataSet = RadiographWrapper.crDataSet(pixels, study: FictitiousStudy(seed: seed))
                try Files.write(Part10.file(dataSet: dataSet, transferSyntax: .explicitVRLittleEndian), to: output)
                options.answered(.string(output)) { Table.cell($0) }
            }
        }
    }
}
