import DICOMCore
import Foundation

extension TestImage {
    /// A synthetic radiograph in this encoding; the compressed ones are made by DCMTK's tools in `folder`.
    public init(size: String, syntax: Syntax, run: UInt64, folder: String) throws {
        let (rows, columns) = try Self.dimensions(size)
        let tool: (program: String, option: String)
        switch syntax {
        case .explicit:
            try self.init(rows: rows, columns: columns, transferSyntax: .explicitVRLittleEndian, run: run)
            return
        case .implicit:
            try self.init(rows: rows, columns: columns, transferSyntax: .implicitVRLittleEndian, run: run)
            return
        case .jpegLossless: tool = ("dcmcjpeg", "+e1")
        case .jpegLS: tool = ("dcmcjpls", "+el")
        case .rle: tool = ("dcmcrle", "+fo")
        }
        let plain = try Self(rows: rows, columns: columns, transferSyntax: .explicitVRLittleEndian, run: run)
        let (input, output) = ("\(folder)/plain.dcm", "\(folder)/compressed.dcm")
        defer { for path in [input, output] { try? FileManager.default.removeItem(atPath: path) } }
        try Data(plain.file()).write(to: URL(fileURLWithPath: input))
        let arguments = (tool.program == "dcmcrle" ? [] : [tool.option]) + [input, output]
        guard try Program.runs("/usr/bin/\(tool.program)", arguments) else {
            throw MeasuringError.program(tool.program)
        }
        try self.init(file: [UInt8](Data(contentsOf: URL(fileURLWithPath: output))), run: run)
    }
}
