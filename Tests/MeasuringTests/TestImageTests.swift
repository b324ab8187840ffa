import DICOMCore
import DICOMToolkit
import Testing

@testable import Measuring

@Suite struct TestImageTests {
    private static func uids(_ image: TestImage) -> Set<String> {
        let header = String(decoding: image.object.bytes.prefix(8192), as: UTF8.self)
        return Set(header.matches(of: /2\.25\.[123]\d{30}/).map { String($0.output) })
    }

    @Test func `each number gives a study, a series and an instance of its own, and the command says the same`() throws
    {
        var image = try TestImage(rows: 64, columns: 64, transferSyntax: .explicitVRLittleEndian, run: 7)
        image.renew(number: 3)
        let (third, count) = (Self.uids(image), image.object.bytes.count)
        #expect(third.count == 3)
        #expect(third.contains(image.object.sopInstanceUID.value))
        image.renew(number: 4)
        #expect(Self.uids(image).isDisjoint(with: third))
        #expect(Self.uids(image).contains(image.object.sopInstanceUID.value))
        #expect(image.object.bytes.count == count)
    }

    @Test func `two runs have no UID in common`() throws {
        let (one, other) = (
            try TestImage(rows: 64, columns: 64, transferSyntax: .implicitVRLittleEndian, run: 1),
            try TestImage(rows: 64, columns: 64, transferSyntax: .implicitVRLittleEndian, run: 2)
        )
        #expect(Self.uids(one).isDisjoint(with: Self.uids(other)))
    }

    @Test func `a file gives back the image that it was made from`() throws {
        let image = try TestImage(rows: 64, columns: 80, transferSyntax: .explicitVRLittleEndian, run: 7)
        #expect(try TestImage(file: image.file(), run: 7).object.bytes == image.object.bytes)
        #expect(throws: MeasuringError.image) { try TestImage(file: [1, 2, 3], run: 7) }
    }

    @Test(arguments: [("10M", 2500, 2048), ("2500x2048", 2500, 2048), ("0.5M", 553, 452)])
    func `a size is megabytes of 16-bit samples, or rows by columns`(text: String, rows: Int, columns: Int) throws {
        let found = try TestImage.dimensions(text)
        #expect(found == (rows, columns))
    }

    @Test(arguments: ["", "10", "-1M", "9000x10", "100M", "10Mx2"])
    func `what is no size is said`(text: String) {
        #expect(throws: MeasuringError.size(text)) { try TestImage.dimensions(text) }
    }
}
