import DICOMCore
import Testing

@testable import DICOMStream

@Suite("Hostile input is refused or read, never a crash", .enabled(if: TestData.isSet, TestData.skipLine))
struct HostileInputTests {
    /// What a file offers to the scanner: its data set in its syntax; or, if it is no file, its bytes in two syntaxes.
    private static func readings(_ bytes: [UInt8]) -> [(TransferSyntax, [UInt8])] {
        do {
            let contents = try Part10.read(bytes)
            return [(contents.transferSyntax, Array(contents.dataSetBytes))]
        } catch {
            return [(.explicitVRLittleEndian, bytes), (.implicitVRLittleEndian, bytes)]
        }
    }

    @Test("The malformed corpus gets one verdict, whole, in random portions, and byte by byte")
    func corpus() throws {
        var generator = SeededGenerator(20_261_122)
        var refused = 0
        var accepted = 0
        for path in try TestData.files(below: "malformed", atLeast: 300) {
            for (syntax, all) in Self.readings(try TestData.bytes(path)) {
                // Debug builds are slow byte by byte; what lies behind 24 KiB is tried in random portions only.
                let bytes = Array(all.prefix(24 << 10))
                let whole = ScanResult.scan(bytes, syntax)
                let single = ScanResult.scan(bytes, syntax, portion: { 1 })
                #expect(single.verdict == whole.verdict, "\(path)")
                let complete = ScanResult.scan(all, syntax)
                let split = ScanResult.scan(all, syntax, portion: { Int.random(in: 1...5000, using: &generator) })
                #expect(split.verdict == complete.verdict, "\(path)")
                if complete.code == nil { accepted += 1 } else { refused += 1 }
                #expect((complete.header?.count ?? 0) <= ScanLimits.standard.maximumHeaderBytes)
                if let header = complete.header, complete.code == nil {
                    // What the scanner lets pass, the parser reads.
                    #expect(throws: Never.self, "\(path)") {
                        try DataSetParser.parse(header + complete.trailer, transferSyntax: syntax)
                    }
                }
                _ = try? DataSetParser.parse(all, transferSyntax: syntax)
            }
        }
        #expect(refused > 100)
        #expect(accepted > 100)
    }

    @Test("Ten thousand nested sequences are refused")
    func nesting() throws {
        let contents = try Part10.read(try TestData.bytes("malformed/own/sq_nesting_10000.dcm"))
        let bytes = Array(contents.dataSetBytes)
        #expect(ScanResult.scan(bytes, contents.transferSyntax).code == .tooDeep)
        let error = #expect(throws: StreamError.self) {
            try DataSetParser.parse(bytes, transferSyntax: contents.transferSyntax)
        }
        #expect(error?.code == .tooDeep)
    }

    @Test("Mutated real headers get one verdict in any portions", arguments: [UInt64(1), 2, 3, 4])
    func mutations(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let names = ["chest/charset_chrJapMulti.dcm", "syntax/rle_mr_16bit.dcm", "syntax/nested_private_sq.dcm"]
        for name in names {
            let contents = try Part10.read(try TestData.bytes("dicom/\(name)"))
            let original = Array(contents.dataSetBytes)
            for _ in 0..<120 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let index = Int.random(in: bytes.indices, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: index)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                    }
                }
                let whole = ScanResult.scan(bytes, contents.transferSyntax)
                let split = ScanResult.scan(
                    bytes, contents.transferSyntax, portion: { Int.random(in: 1...200, using: &generator) })
                #expect(split.verdict == whole.verdict, "seed \(seed)")
                _ = try? DataSetParser.parse(bytes, transferSyntax: contents.transferSyntax)
            }
        }
    }
}
