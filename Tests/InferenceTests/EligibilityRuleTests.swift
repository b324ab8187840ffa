import DICOMCore
import Foundation
import Inference
import ModelCard
import Passage
import Radiography
import Testing

@Suite struct EligibilityRuleTests {
    private static let geometry = PixelGeometry(
        rows: 100, columns: 100, bitsAllocated: 16, bitsStored: 12, highBit: 11, isSigned: false,
        photometricInterpretation: "MONOCHROME2")

    private func facts(_ change: (inout AnalysisFacts) -> Void = { _ in }) -> AnalysisFacts {
        var facts = AnalysisFacts(
            ageBand: .youngChild, sex: .unknown, modality: "CR", viewPosition: .anteroPosterior,
            viewSource: .viewPosition, patientOrientation: [], photometricInterpretation: nil,
            bodyPartExamined: "CHEST", isForPresentation: nil, deviceToken: nil)
        change(&facts)
        return facts
    }

    private func rule(_ policy: EligibilityRule.PopulationPolicy = .mark) throws -> EligibilityRule {
        let json = #"{"minimumAgeYears": 1, "maximumAgeYears": 5, "views": ["AP"]}"#
        let population = try JSONDecoder().decode(ModelCard.Population.self, from: Data(json.utf8))
        return EligibilityRule(population: population, policy: policy)
    }

    @Test func aChestOfTheRightPatientIsEligibleWithoutRemark() throws {
        #expect(try rule().judge(facts(), geometry: Self.geometry) == Eligibility())
    }

    @Test func whatTheModelMustNotSeeIsRefusedWithItsReason() throws {
        let cases: [(AnalysisFacts, Eligibility.Refusal)] = [
            (facts { $0.modality = "CT" }, .modality), (facts { $0.modality = nil }, .modality),
            (facts { $0.bodyPartExamined = "HAND" }, .bodyPart),
            (facts { $0.viewPosition = .leftLateral }, .view), (facts { $0.viewPosition = .lateral }, .view),
        ]
        for (facts, refusal) in cases {
            #expect(try rule().judge(facts, geometry: Self.geometry).refusal == refusal)
        }
        var colour = Self.geometry
        colour.samplesPerPixel = 3
        #expect(try rule().judge(facts(), geometry: colour).refusal == .pixels)
        var film = Self.geometry
        film.frames = 2
        #expect(try rule().judge(facts(), geometry: film).refusal == .frames)
    }

    @Test func aHeaderThatSaysTurnedOrMirroredIsBelieved() throws {
        let cases: [([String], Eligibility.Refusal?)] = [
            (["L", "F"], nil), ([], nil), (["R", "F"], .orientation), (["L", "H"], .orientation),
            (["F", "R"], .orientation), (["A", "F"], .viewDisagreement),
        ]
        for (orientation, refusal) in cases {
            let facts = facts { $0.patientOrientation = orientation }
            #expect(try rule().judge(facts, geometry: Self.geometry).refusal == refusal)
        }
        let silent = facts {
            $0.patientOrientation = ["P", "F"]
            $0.viewPosition = .unknown
        }
        #expect(try rule().judge(silent, geometry: Self.geometry).refusal == .view)
    }

    @Test func sizesAndShapesThatNoChestHasAreRefused() throws {
        for (rows, columns, isRefused) in [(64, 64, false), (63, 500, true), (250, 100, false), (251, 100, true)] {
            var geometry = Self.geometry
            (geometry.rows, geometry.columns) = (rows, columns)
            #expect(try rule().judge(facts(), geometry: geometry).refusal == (isRefused ? .size : nil))
        }
    }

    @Test func aTestPatternIsNoRadiograph() throws {
        func picture(_ gray: (_ row: Int, _ column: Int) -> Int) throws -> Picture {
            var values: [UInt8] = []
            for row in 0..<96 { for column in 0..<96 { values.append(UInt8(gray(row, column))) } }
            return try Picture(rows: 96, columns: 96, gray8: values)
        }
        let bars = try picture { _, column in column / 8 * 20 }
        #expect(try rule().judge(bars)?.refusal == .pattern)
        let page = try picture { row, column in (row + column) % 19 == 0 ? row * 2 : 255 }
        #expect(try rule().judge(page)?.refusal == .pattern)
        let smooth = try picture { row, column in row + column }
        #expect(try rule().judge(smooth) == nil)
    }

    @Test func anAdultIsMarkedOrRefusedByPolicy() throws {
        let adult = facts { $0.ageBand = .adult }
        #expect(try rule(.mark).judge(adult, geometry: Self.geometry).remarks == [.ageOutsidePopulation])
        #expect(try rule(.refuse).judge(adult, geometry: Self.geometry).refusal == .population)
    }

    @Test func whatTheHeaderDoesNotSayIsRemarked() throws {
        let silent = facts {
            $0.ageBand = .unknown
            $0.viewPosition = .unknown
            $0.bodyPartExamined = nil
        }
        let verdict = try rule().judge(silent, geometry: Self.geometry)
        #expect(verdict.refusal == nil)
        #expect(Set(verdict.remarks) == [.ageUnknown, .viewUnknown, .bodyPartUnknown])
    }

    @Test func aBlankPictureIsRefused() throws {
        let blank = try Picture(rows: 2, columns: 2, values: [0.5, 0.5, 0.5, 0.505])
        #expect(try rule().judge(blank)?.refusal == .blank)
        let picture = try Picture(rows: 8, columns: 8, values: (0..<64).map { Float($0) / 63 })
        #expect(try rule().judge(picture) == nil)
    }
}

@Suite struct ClassifierTests {
    @Test func theBuiltInModelFitsItsPassport() throws {
        let classifier = try Classifier(.builtIn())
        let picture = try Picture(rows: 40, columns: 50, values: (0..<2000).map { Float($0 % 97) / 96 })
        let first = try classifier.classify(picture, remarks: []).findings
        #expect(first == (try classifier.classify(picture, remarks: []).findings))
        #expect(first.findings.allSatisfy { (0...1).contains($0.probability) })
    }

    @Test func weightsOfAnotherModelAreRefused() throws {
        let package = try ModelPackage.builtIn()
        let card = Array(try JSONEncoder().encode(package.card))
        #expect(throws: ModelCardError.hashDiffers(model: package.card.title)) {
            try ModelPackage(card: card, onnx: package.onnx + [0])
        }
    }
}
