import DICOMCore
import Passage
import Foundation
import Testing

@testable import Deidentification

@Suite("Analysis learns a few facts, and nothing else")
struct AnalysisFactsTests {
    private func facts(_ change: (inout DataSet) -> Void = { _ in }) -> AnalysisFacts {
        var header = chestHeader()
        change(&header)
        return AnalysisFacts(from: header) { _ in "token" }
    }

    @Test("A plain chest radiograph")
    func plain() {
        let facts = facts()
        #expect(facts.ageBand == .adult)
        #expect(facts.sex == .female)
        #expect(facts.modality == "DX")
        #expect(facts.viewPosition == .posteroAnterior)
        #expect(facts.viewSource == .viewPosition)
        #expect(facts.patientOrientation == ["L", "F"])
        #expect(facts.photometricInterpretation == "MONOCHROME2")
        #expect(facts.bodyPartExamined == "CHEST")
        #expect(facts.isForPresentation == true)
        #expect(facts.deviceToken == "token")
    }

    @Test(
        "Ages fall into bands",
        arguments: [
            ("003D", AnalysisFacts.AgeBand.infant), ("011M", .infant), ("012M", .youngChild), ("005Y", .youngChild),
            ("006Y", .child), ("017Y", .child), ("018Y", .youngAdult), ("039Y", .youngAdult), ("040Y", .adult),
            ("064Y", .adult), ("065Y", .senior), ("104Y", .senior), ("999Y", .unknown), ("45", .unknown),
            ("", .unknown),
        ])
    func ages(text: String, band: AnalysisFacts.AgeBand) {
        #expect(
            facts {
                $0.set(.patientAge, .AS, text)
                $0.remove(.patientBirthDate)
            }.ageBand == band)
    }

    @Test(
        "Without an age, the dates of birth and study tell it",
        arguments: [
            ("20070318", AnalysisFacts.AgeBand.child), ("20070317", .youngAdult), ("20250318", .unknown),
            ("1964", .unknown),
        ])
    func computedAges(birth: String, band: AnalysisFacts.AgeBand) {
        #expect(
            facts {
                $0.remove(.patientAge)
                $0.set(.patientBirthDate, .DA, birth)
            }.ageBand == band)
    }

    @Test("The view is read from the first place that says it")
    func views() {
        func view(_ change: (inout DataSet) -> Void) -> [String] {
            let facts = facts {
                $0.remove(.viewPosition)
                $0.remove(.seriesDescription)
                change(&$0)
            }
            return [facts.viewPosition.rawValue, facts.viewSource.rawValue]
        }
        let codes = Tag(0x0054, 0x0220)
        #expect(view { $0.set(.viewPosition, .CS, "AP") } == ["AP", "viewPosition"])
        #expect(view { $0.set(.viewPosition, .CS, "RLO") } == ["other", "viewPosition"])
        #expect(view { $0.set(codes, code: Code("R-10236", "SRT", "left lateral")) } == ["LL", "viewCodeSequence"])
        #expect(view { $0.set(.seriesDescription, .LO, "Chest, lat.") } == ["LATERAL", "description"])
        #expect(view { $0.set(.seriesDescription, .LO, "Chest PA and lat") } == ["unknown", "none"])
        #expect(view { $0.set(.patientOrientation, .CS, "P\\F") } == ["LATERAL", "patientOrientation"])
        #expect(view { _ in } == ["unknown", "none"])
    }

    @Test("Text that is not of the closed set does not get through")
    func closed() throws {
        let facts = facts {
            $0.set(.bodyPartExamined, .CS, "MUSTERMANN")
            $0.set(.modality, .CS, "ERIKA MUSTERMANN")
            $0.set(.photometricInterpretation, .CS, "MUSTERMANN")
            $0.set(.patientOrientation, .CS, "ERIKA\\F")
            $0.set(.patientSex, .CS, "ERIKA")
            $0.set(.viewPosition, .CS, "MUSTERMANN")
            $0.set(.patientAge, .AS, "060Y")
        }
        let json = [UInt8](try JSONEncoder().encode(facts))
        for text in ["mustermann", "erika", "060Y", "1964"] { #expect(!json.holds(text)) }
        #expect(try JSONDecoder().decode(AnalysisFacts.self, from: Data(json)) == facts)
    }

    @Test("No device, no token")
    func noDevice() {
        let facts = facts {
            for tag in [Tag.manufacturer, .manufacturerModelName, .deviceSerialNumber, .stationName, .deviceUID] {
                $0.remove(tag)
            }
        }
        #expect(facts.deviceToken == nil)
    }
}
