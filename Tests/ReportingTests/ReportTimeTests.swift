import Testing

@testable import Reporting

@Suite("Report time and text")
struct ReportTimeTests {
    @Test(
        "seconds become date and time of the zone",
        arguments: [
            (0, 0, "19700101", "000000"), (951_782_400, 0, "20000229", "000000"),
            (1_709_164_800, 0, "20240229", "000000"),
            (1_709_251_199, 60, "20240301", "005959"), (1_704_067_200, -210, "20231231", "203000"),
            (1_735_689_599, 0, "20241231", "235959"), (-1, 0, "19691231", "235959"),
        ])
    func calendar(case: (Int, Int, String, String)) {
        let time = ReportTime(secondsSince1970: `case`.0, offsetMinutes: `case`.1)
        #expect(time.date == `case`.2 && time.time == `case`.3)
    }

    @Test("possible moments are taken as they are, impossible ones refused")
    func parsing() throws {
        #expect(try ReportTime(date: "20240315", time: "235959").readable == "2024-03-15 23:59:59")
        for (date, time) in [
            ("2024031", "101010"), ("20241315", "101010"), ("20240332", "101010"), ("20240315", "240000"),
            ("20240315", "106000"), ("20240315", "1010"), ("2024O315", "101010"), ("20240300", "101010"),
        ] {
            #expect(throws: ReportingError.malformedTime) { try ReportTime(date: date, time: time) }
        }
    }

    @Test(
        "percentages have one digit behind the point",
        arguments: [
            (0.873, "87.3"), (0, "0.0"), (1, "100.0"), (0.00049, "0.0"), (0.0005, "0.1"), (0.9996, "100.0"),
            (0.04, "4.0"),
        ])
    func percent(case: (Double, String)) {
        #expect(ReportText.percent(`case`.0) == `case`.1)
    }

    @Test("only characters that every character set shares may stand in our text")
    func repertoire() {
        #expect(throws: Never.self) { try ReportText("AI result (87.3 %), [x] {y}") }
        for text in ["a\\b", "a~b", "ä", "a\nb", "–", "\u{7F}"] {
            #expect(throws: ReportingError.textOutsideBasicRepertoire) { try ReportText(text) }
        }
    }
}
