import Foundation
import Testing

@testable import Gateway

@Suite struct ConfigurationTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func read(
        yaml: String = "", environment: [String: String] = [:], topics: [ConfigurationTopic] = ConfigurationTopic.all,
        credentials: String? = nil
    ) -> ConfigurationReading {
        let keys = topics.flatMap(\.keys)
        return ConfigurationReading(
            [
                ConfigurationLayer(yaml: yaml, path: "gateway.yaml", keys: keys),
                ConfigurationLayer(environment: environment, keys: keys),
            ], topics: topics, folder: "/nonexistent", credentials: credentials)
    }

    @Test("every problem is reported at once, with key, value, place, what is allowed and what to do")
    func everyProblem() {
        let reading = read(
            yaml: "dicom:\n  port: 70000\n  ae_title: 'A\\B'\n  bind: localhost\n",
            environment: [
                "CXR_RESULTS_HEATMAP": "sometimes", "CXR_STUDY_QUIET_SECONDS": "soon",
                "CXR_RESULTS_OBJECTS": "key_objects,films",
            ])
        #expect(
            Set(reading.problems.map(\.key)) == [
                "dicom.port", "dicom.ae_title", "dicom.bind", "results.heatmap", "study.quiet_seconds",
                "results.objects",
            ])
        #expect(reading.problems.count == 6)
        let port = reading.problems.first { $0.key == "dicom.port" }
        #expect(port?.value == "70000" && port?.place == "gateway.yaml, line 2" && port?.allowed == "0…65535")
        #expect(port?.remedy == "left out it is 11112")
        #expect(throws: ConfigurationError.self) { try reading.checked() }
    }

    @Test("the environment stands above the file, and the origin of each value is known")
    func precedence() throws {
        let reading = read(
            yaml: "dicom:\n  port: 104\nresults:\n  heatmap: never\n", environment: ["CXR_DICOM_PORT": "4242"])
        let configuration = try reading.checked()
        #expect(configuration.port == 4242 && configuration.heatmap == .never && configuration.aeTitle == "CXRGATE")
        func origin(_ name: String) -> String? {
            ConfigurationCatalogue.key(named: name).map { "\(reading.origin(of: $0))" }
        }
        #expect(origin("dicom.port") == "CXR_DICOM_PORT")
        #expect(origin("results.heatmap") == "gateway.yaml, line 4")
        #expect(origin("dicom.ae_title") == "default")
    }

    @Test(
        "what is no key is a problem that names the key that was meant",
        arguments: [
            ("dicom:\n  prot: 104\n", "dicom.prot", "did you mean dicom.port?"),
            ("dcom:\n  ae_title: X\n", "dcom", "did you mean dicom?"),
            ("ae_title: X\n", "ae_title", "did you mean dicom.ae_title?"),
            ("study:\n  quiet_second: 3\n", "study.quiet_second", "did you mean study.quiet_seconds?"),
            ("dicom: 104\n", "dicom", "see Config/gateway.yaml"),
            ("zebra: 1\n", "zebra", "see Config/gateway.yaml"),
            ("dicom:\n  port: [104, 105]\n", "dicom.port", "write 0…65535"),
        ])
    func unknown(yaml: String, key: String, remedy: String) {
        let problems = read(yaml: yaml).problems
        #expect(problems.map(\.key) == [key])
        #expect(problems.first?.remedy == remedy)
    }

    @Test("text that is no YAML, and a key that stands there twice, are problems with their line")
    func damaged() {
        #expect(read(yaml: "dicom: [").problems.first?.message.contains("is not YAML: line") == true)
        let twice = read(yaml: "dicom:\n  port: 1\n  port: 2\n").problems
        #expect(twice.first?.message.contains("twice there") == true)
    }

    @Test("a section of which every line is a comment says nothing")
    func emptySections() {
        #expect(read(yaml: "audit:\n  # host: x\ndicom:\nresults:\n  heatmap:\n").problems.isEmpty)
    }

    @Test("lists are read from sequences and from words with commas between")
    func lists() throws {
        let configuration = try read(
            yaml: "administration:\n  operators: [alice, 'group:it']\n  clinical_leads: bob, eve\n",
            environment: ["CXR_RESULTS_OBJECTS": "key_objects, presentation_state"]
        ).checked()
        #expect(configuration.access[.operator] == ["alice", "group:it"])
        #expect(configuration.access[.clinicalLead] == ["bob", "eve"])
        #expect(configuration.optionalObjects == [.keyObjects, .presentationState])
    }

    @Test("keys that need one another are checked together")
    func rules() {
        #expect(read(yaml: "retention: {identity_days: 1}").problems.map(\.key) == ["retention.identity_days"])
        #expect(read(yaml: "dicom: {tls: {port: 2762}}").problems.map(\.key) == ["dicom.tls.port"])
        #expect(read(yaml: "journal: {anchors: [syslog]}").problems.map(\.key) == ["journal.anchors"])
        #expect(read(yaml: "roles: {group: x}").problems.map(\.key) == ["roles"])
    }

    @Test("a secret stands in a file or is a credential, and is never repeated")
    func secrets() throws {
        let inline = read(environment: ["CXR_DICOM_TLS_KEY": "-----BEGIN PRIVATE KEY-----\nMIIsecret"])
        #expect(inline.problems.map(\.key) == ["dicom.tls.key"])
        #expect(!"\(inline.problems)".contains("MIIsecret"))
        let yaml = "dicom: {tls: {key: 'credential:gateway.key'}}"
        #expect(read(yaml: yaml).problems.first?.message.contains("gave no credentials") == true)
        let reading = read(yaml: yaml, credentials: "/run/credentials/cxrgate")
        #expect(try reading.checked().network.privateKey == "/run/credentials/cxrgate/gateway.key")
        let key = try #require(ConfigurationCatalogue.key(named: "dicom.tls.key"))
        #expect(reading.shown(key) == .string("credential:gateway.key"))
    }

    @Test("an old name works, and the new one is named once")
    func formerNames() throws {
        let topic = ConfigurationTopic([
            .number("study.quiet_seconds", \.quietSeconds, 0...120, unit: "seconds", .live, "Quiet.").formerly(
                "study.silence")
        ])
        let reading = read(yaml: "study: {silence: 7}", topics: [topic])
        #expect(try reading.checked().quietSeconds == 7)
        #expect(reading.warnings.count == 1 && reading.warnings[0].contains("is called study.quiet_seconds now"))
        let both = read(yaml: "study: {silence: 7, quiet_seconds: 8}", topics: [topic])
        #expect(try both.checked().quietSeconds == 8)
    }

    @Test("a variable that looks like a misspelt key is warned of; those of others are not")
    func misspeltVariables() {
        let reading = read(environment: [
            "CXR_DICOM_PROT": "1", "CXR_TEST_DATA": "x", "CXR_WHOLLY_ELSE": "y", "PATH": "",
        ])
        #expect(reading.warnings.count == 1 && reading.warnings[0].contains("CXR_DICOM_PORT"))
    }

    @Test("numbers outside their range, fractions of whole numbers and what is no number are refused")
    func numbers() {
        for text in ["-1", "65536", "1.5", "nan", "inf", "0x50", "1e9", "12 ", "１２"] {
            #expect(read(environment: ["CXR_DICOM_PORT": text]).problems.count == 1, "\(text)")
        }
        for text in ["-0.1", "120.5", "nan", "inf", "ten"] {
            #expect(read(environment: ["CXR_STUDY_QUIET_SECONDS": text]).problems.count == 1, "\(text)")
        }
    }

    @Test("every key has one name, one place and a default that it would take itself")
    func catalogue() {
        let keys = ConfigurationCatalogue.keys
        #expect(keys.count >= 60 && Set(keys.map(\.name)).count == keys.count)
        for key in keys {
            #expect(key.meaning.hasSuffix(".") || key.meaning.hasSuffix("…"), "\(key.name)")
            var configuration = GatewayConfiguration()
            let value = key.defaultValue
            if value.isNull { continue }
            let texts = value.array.isEmpty ? [value.plain] : value.array.map(\.plain)
            if !(key.isList && value.array.isEmpty) { #expect(key.put(texts, &configuration), "\(key.name)") }
            #expect(configuration == GatewayConfiguration(), "\(key.name)")
        }
    }

    @Test("the example file holds the defaults, and is the catalogue's text")
    func example() throws {
        let file = root.appendingPathComponent("Config/gateway.yaml")
        var expected = GatewayConfiguration()
        expected.dataDirectory = "/var/lib/cxrgate"
        #expect(try GatewayConfiguration.load(file: file.path, environment: [:]) == expected)
        #expect(
            try String(contentsOf: file, encoding: .utf8) == ConfigurationExample.text,
            "renew it: cxrgate config example > Config/gateway.yaml")
        #expect(
            try String(contentsOf: root.appendingPathComponent("Config/gateway.schema.json"), encoding: .utf8)
                == ConfigurationSchema.text, "renew it: cxrgate config schema > Config/gateway.schema.json")
    }
}
