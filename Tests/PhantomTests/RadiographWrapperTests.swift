import DICOMCore
import Radiography
import Testing

@testable import Phantom

@Suite("Wrapped radiographs")
struct RadiographWrapperTests {
    @Test("the same seed gives the same object, another seed another patient and other UIDs")
    func deterministic() {
        let first = PhantomStudy.crDataSet(seed: 11, rows: 32, columns: 32)
        #expect(first == PhantomStudy.crDataSet(seed: 11, rows: 32, columns: 32))
        let other = PhantomStudy.crDataSet(seed: 12, rows: 32, columns: 32)
        for tag in [Tag.sopInstanceUID, .studyInstanceUID, .seriesInstanceUID, .patientID] {
            #expect(first[tag] != other[tag])
        }
    }

    @Test("UIDs are conformant, different from one another, and those of random UUIDs")
    func uids() {
        for seed: UInt64 in 0..<50 {
            let study = FictitiousStudy(seed: seed)
            let uids = [study.studyInstanceUID, study.seriesInstanceUID, study.sopInstanceUID]
            #expect(Set(uids).count == 3)
            for uid in uids {
                #expect(uid.value.hasPrefix("2.25.") && uid.value.utf8.count <= 44)
                let number = UInt128(uid.value.dropFirst(5))
                #expect(number.map { ($0 >> 76) & 0xF } == 4)
            }
        }
    }

    @Test("CR and DX keep their pixels, in both polarities")
    func pixels() throws {
        let image = Phantom.rendering(seed: 4, rows: 40, columns: 30)
        for isInverted in [false, true] {
            let object = PhantomStudy.dxDataSet(seed: 4, rows: 40, columns: 30, isInverted: isInverted)
            let geometry = try #require(PixelGeometry(object))
            let bytes = object[.pixelData]?.bytes ?? []
            #expect(bytes.count == geometry.byteCount)
            let picture = try PixelPipeline.picture(native: bytes, geometry: geometry, header: object)
            #expect(picture.wasInverted == isInverted)
            for (value, sample) in zip(picture.values, image.samples) {
                #expect(abs(value - Float(sample) / 4095) < 1e-3)
            }
        }
    }

    @Test("8-bit gray of odd length is wrapped with even pixel data")
    func eightBit() throws {
        let pixels = try #require(GrayPixels(gray8: Array(0..<15), rows: 3, columns: 5))
        let object = RadiographWrapper.crDataSet(pixels, study: FictitiousStudy(seed: 1))
        #expect(object[.pixelData]?.bytes.count == 16)
        #expect(object.uint16(.bitsStored) == 8)
        let geometry = try #require(PixelGeometry(object))
        let picture = try PixelPipeline.picture(
            native: object[.pixelData]?.bytes ?? [], geometry: geometry, header: object)
        #expect(picture.values.count == 15)
        #expect(picture.gray8 == Array(0..<15))
    }

    @Test("pixels that do not fit are refused")
    func refusals() {
        #expect(GrayPixels(gray8: [1, 2], rows: 1, columns: 3) == nil)
        #expect(GrayPixels(gray8: [], rows: 0, columns: 0) == nil)
        #expect(GrayPixels(gray16: [5000], rows: 1, columns: 1) == nil)
        #expect(GrayPixels(gray16: [5000], rows: 1, columns: 1, bitsStored: 16) != nil)
    }

    @Test("the pixel spacing is that of a 40 cm detector")
    func spacing() {
        let object = PhantomStudy.crDataSet(seed: 1, rows: 40, columns: 1000)
        #expect(object.text(Tag(0x0018, 0x1164)) == "0.4000\\0.4000")
    }
}
