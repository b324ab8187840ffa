import ArgumentParser
import Foundation
import Gateway

/// `model calibrate`.
struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "From training radiographs: how to tell inverted, turned and strange images for the built-in model.",
        discussion: """
            Reads the rows of the split 'train' of labels.csv; one patient group of five sets the bounds. The same folder \
            gives the same file. With --source it is written as Swift, to be built into the program.

            Example: cxrgate model calibrate --data kermany --out Sources/Inference/BuiltInTrust.generated.swift --source
            """)
    @Option(name: .long, help: "Folder with labels.csv (file, split, patient_group) and the radiographs.") var data:
        String
    @Option(name: .long, help: "File to write.") var out: String
    @Flag(name: .long, help: "Write Swift source in place of JSON.") var source = false
    @OptionGroup var options: Options

    func run() async throws {
        try await complaining {
            let answer = try TrustStation().calibrate(folder: data) { done, all in
                if done % 500 == 0 || done == all {
                    FileHandle.standardError.write(Foundation.Data("\(done) of \(all)\n".utf8))
                }
            }
            let json = String(decoding: answer.profile, as: UTF8.self)
            let text =
                source
                ? """
                // Made by `cxrgate model calibrate`; do not edit.
                extension TrustProfile {
                    static let builtInJSON = #\"""
                        \(json)
                        \"""#
                }

                """ : json
            try Foundation.Data(text.utf8).write(to: URL(fileURLWithPath: out))
            options.answered(answer.summary) { Table.list($0, ["model", "images", "heldOut", "farBound"]) }
        }
    }
}
