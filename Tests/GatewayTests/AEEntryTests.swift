import Foundation
import Testing

@testable import Gateway

@Suite struct AEEntryTests {
    private func entry(_ arguments: [String: String]) throws -> AEEntry {
        try AEEntry(
            adding: AdministrationRequest("ae add", ["name": "CR1", "role": "source"].merging(arguments) { $1 }))
    }

    @Test func whatIsSetIsReadBackUnderItsName() throws {
        let wanted = [
            "tls": "on", "fingerprint": String(repeating: "ab", count: 32), "addresses": "10.0.0.1,fd00::1",
            "ignore-case": "on", "max-associations": "3", "rate": "5", "quiet-seconds": "7.5",
            "silent-after-hours": "24", "commitment-service": "on", "host": "10.0.0.1", "port": "104",
            "query": "off", "commitment": "on", "commitment-timeout": "60", "max-identity-age": "10", "sr": "enhanced",
            "duplicates": "refuse", "results-of": "CR1,CR2", "findings": "notable", "objects": "heatmap,report",
        ]
        #expect(Set(wanted.keys).subtracting(["host", "port"]) == Set(AEOptions.names))
        let entry = try entry(wanted)
        for name in AEOptions.names { #expect(entry.options.text(name) == wanted[name]) }
        let again = try JSONDecoder().decode(AEEntry.self, from: Data(try entry.encoded().utf8))
        #expect(again == entry)
        #expect(try AEEntry(checking: again) == entry)
    }

    @Test func anEmptyTextTakesAnOptionBackToItsDefault() throws {
        var options = try entry(["rate": "5", "tls": "on", "quiet-seconds": "3", "addresses": "10.0.0.1"]).options
        for name in AEOptions.names { try options.set(name, "") }
        #expect(options == AEOptions())
    }

    @Test func anEntryOfAnOlderVersionIsReadOverTheDefaults() throws {
        #expect(try JSONDecoder().decode(AEOptions.self, from: Data("{}".utf8)) == AEOptions())
        #expect(try JSONDecoder().decode(AEOptions.self, from: Data(#"{"tls":true}"#.utf8)).tls)
    }

    @Test(
        arguments: [
            ["tls": "maybe"], ["fingerprint": "12"], ["addresses": "host.example"], ["max-associations": "0"],
            ["rate": "x"], ["quiet-seconds": "121"], ["sr": "best"], ["port": "0"], ["title": "seventeen letters"],
            ["role": "archive"], ["role": "destination"], ["commitment-service": "on"], ["host": "two words"],
            ["name": " CR1"], ["results-of": "CR1, CR2"], ["findings": "some"], ["objects": "film"],
        ])
    func whatIsOutOfItsRangeIsRefused(_ arguments: [String: String]) {
        #expect(throws: GatewayError.self) { try entry(arguments) }
    }

    @Test func aFingerprintIsTakenAsOtherToolsPrintIt() throws {
        let printed = Array(repeating: "AB", count: 32).joined(separator: ":")
        #expect(try entry(["fingerprint": printed]).options.fingerprint == String(repeating: "ab", count: 32))
    }

    @Test func onlyWhatDiffersFromTheDefaultsIsRemarked() throws {
        #expect(try entry([:]).remarks.isEmpty)
        #expect(try entry(["rate": "5", "query": "on"]).remarks == "rate 5")
    }
}
