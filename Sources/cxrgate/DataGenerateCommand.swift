import ArgumentParser
import DICOMCore
import DICOMStream
import Foundation
import Gateway
import Phantom
import Radiography

extension Phantom.Opacity.Pattern: ExpressibleByArgument {}

extension DataCommand {
    struct Generate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make synthetic chest radiographs of fictitious patients, as CR or DX objects.",
            discussion: """
                Same seed, same bytes. Patterns of pneumonia: patchy, lobar, interstitial, round. --vary draws devices \
                (tubes, lines, electrodes, pacemakers), dose and contrast, PA and AP, CR and DX, MONOCHROME1 and 2. With \
                --labels the folder is one that cxrgate train takes. Nobody should learn medicine from them.

                Examples:
                  cxrgate data generate out/ --count 3 --seed 7
                  cxrgate data generate out/ --count 200 --share 0.5 --vary --labels --masks --rows 512 --columns 448
                  cxrgate data generate out/ --pattern lobar --count 4
                  cxrgate data generate bad/ --malformed
                """)
        @Argument(help: "Folder to write to.") var folder: String
        @Option(name: .long, help: "How many.") var count = 1
        @Option(name: .long, help: "Same seed, same bytes.") var seed: UInt64 = 1
        @Option(name: .long) var rows = 2500
        @Option(name: .long) var columns = 2048
        @Flag(name: .long, help: "With an opacity in the right lower lung.") var opacity = false
        @Option(name: .long, help: "The part that is ill, 0…1, with patterns and places drawn by the seed.")
        var share: Double?
        @Option(name: .long, help: "Only this pattern; may be repeated. Without --share all are ill.")
        var pattern: [Phantom.Opacity.Pattern] = []
        @Flag(name: .long, help: "Devices, dose, view, modality and polarity differ.") var vary = false
        @Flag(name: .long, help: "Also write the mask of each lesion, as PNG.") var masks = false
        @Flag(name: .long, help: "Also write labels.csv.") var labels = false
        @Flag(name: .long, help: "Instead, one object for each kind of fault, and faults.tsv.") var malformed = false
        @OptionGroup var options: Options

        func validate() throws {
            let sides = 64...Phantom.maximumSide
            guard count >= 1, sides.contains(rows), sides.contains(columns) else {
                throw ValidationError("--count is at least 1; --rows and --columns are 64…\(Phantom.maximumSide)")
            }
            if let share, !(0...1).contains(share) { throw ValidationError("--share is within 0…1") }
            guard !opacity || (share == nil && pattern.isEmpty && !vary) else {
                throw ValidationError("--opacity stands alone; --share and --pattern draw lesions")
            }
        }

        func run() async throws {
            try await complaining {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let files = try malformed ? writeFaults() : writeStudies()
                options.answered(.array(files.map { .string($0) })) {
                    $0.array.map { Table.cell($0) }.joined(separator: "\n")
                }
            }
        }

        private func writeStudies() throws -> [String] {
            var table = "file,split,pneumonia,subtype,patient_group\n"
            let files = try (0..<count).map { number -> String in
                let seed = self.seed + UInt64(number)
                let scene = scene(seed)
                // By the seed as well: of four in a row two are DX, and one of those is inverted.
                let isDX = vary && seed % 2 == 0
                let object = PhantomStudy.object(
                    seed: seed, rows: rows, columns: columns, scene: scene, isDX: isDX,
                    isInverted: isDX && seed % 4 == 0)
                let path = "\(folder)/phantom-\(seed).dcm"
                try Files.write(
                    Part10.file(dataSet: object.dataSet, transferSyntax: .explicitVRLittleEndian), to: path)
                if masks {
                    let mask = PNGEncoder.encode(
                        rows: object.image.rows, columns: object.image.columns,
                        gray8: object.image.mask.map { $0 * 255 })
                    try Files.write(mask, to: "\(folder)/phantom-\(seed)-mask.png")
                }
                let subtype = scene.opacities.first?.pattern.rawValue ?? ""
                table += "phantom-\(seed).dcm,train,\(subtype.isEmpty ? 0 : 1),\(subtype),phantom-\(seed)\n"
                return path
            }
            if labels { try Files.write(Array(table.utf8), to: "\(folder)/labels.csv") }
            return files
        }

        private func scene(_ seed: UInt64) -> Phantom.Scene {
            if opacity {
                var scene = Phantom.Scene()
                scene.opacities = [Phantom.Opacity(side: .right, zone: .lower)]
                return scene
            }
            return Phantom.Scene(
                seed: seed, share: Float(share ?? (pattern.isEmpty ? 0 : 1)),
                patterns: pattern.isEmpty ? Phantom.Opacity.Pattern.allCases : pattern, varies: vary)
        }

        private func writeFaults() throws -> [String] {
            let faults = try MalformedStudy.faults(seed: seed) {
                try Part10.file(dataSet: $0, transferSyntax: .explicitVRLittleEndian)
            }
            var table = "file\tfault\n"
            let files = try faults.map { fault -> String in
                let path = "\(folder)/\(fault.name).dcm"
                try Files.write(fault.file, to: path)
                table += "\(fault.name).dcm\t\(fault.meaning)\n"
                return path
            }
            try Files.write(Array(table.utf8), to: "\(folder)/faults.tsv")
            return files
        }
    }
}
