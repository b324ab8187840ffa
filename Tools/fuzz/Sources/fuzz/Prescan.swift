import DICOMCore
import DICOMStream

/// The scanner of arriving data sets and the parser of headers. The first byte chooses encoding and portions.
///
/// What the scanner has passed as a header must parse within the same limits, and be written and parsed to the same.
enum Prescan {
    private static let syntaxes: [TransferSyntax] = [
        .explicitVRLittleEndian, .implicitVRLittleEndian, .jpegLosslessSV1, .explicitVRBigEndian,
    ]

    static func take(_ input: UnsafeRawBufferPointer) -> CInt {
        guard let choice = input.first else { return 0 }
        let syntax = syntaxes[Int(choice & 3)]
        let portion = [1, 7, 64, 4096][Int(choice >> 2 & 3)]
        let bytes = [UInt8](input.dropFirst())
        var scanner = InstanceScanner(transferSyntax: syntax)
        var header: [UInt8]?
        do {
            var place = 0
            while place < bytes.count {
                let end = min(place + portion, bytes.count)
                try bytes[place..<end].withUnsafeBytes { part in
                    try scanner.consume(part, onHeader: { found, _ in header = found }, onPixels: { _ in })
                }
                place = end
            }
            let trailer = try scanner.finish()
            _ = try DataSetParser.parse(trailer, transferSyntax: syntax)
        } catch {
            // Refused: the ordinary end here.
        }
        if let header, syntax.isLittleEndian { roundTrip(header, syntax) }
        _ = try? DataSetParser.parse(bytes, transferSyntax: syntax)
        _ = try? Part10.read(bytes)
        return 0
    }

    private static func roundTrip(_ header: [UInt8], _ syntax: TransferSyntax) {
        guard let dataSet = try? DataSetParser.parse(header, transferSyntax: syntax) else { return }
        let written = DataSetWriter.write(dataSet, transferSyntax: .explicitVRLittleEndian)
        guard let again = try? DataSetParser.parse(written, transferSyntax: .explicitVRLittleEndian) else {
            preconditionFailure("what we wrote does not parse")
        }
        precondition(
            DataSetWriter.write(again, transferSyntax: .explicitVRLittleEndian) == written, "not the same again")
    }
}
