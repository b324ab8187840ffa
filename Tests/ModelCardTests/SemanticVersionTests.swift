import Testing

@testable import ModelCard

@Suite struct SemanticVersionTests {
    @Test(arguments: [
        "0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.0.0-alpha", "1.0.0-alpha.beta.1", "1.0.0-0A.is.legal",
        "1.2.3-rc1", "1.0.0+0.build.1-rc.10000aaa-kk-0.1", "1.2.3----RC-SNAPSHOT.12.9.1--.12",
    ])
    func isRead(_ text: String) {
        #expect(SemanticVersion(text)?.description == text)
    }

    @Test(arguments: [
        "", "1", "1.2", "1.2.3.4", " 1.2.3", "1.2.3 ", "01.2.3", "1.02.3", "-1.0.0", "+1.0.0", "1_0.0.0", "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b", "1.2.3+", "1.2.3+a+b", "v1.2.3", "1.2.x", "１.2.3", "1.2.3\n", "1.2.3\0", "1.2.3/../4", "1,2,3",
        "99999999999999999999.0.0", "1.2.3-ü", "1.0.0-" + String(repeating: "a", count: 64),
    ])
    func whatIsNoVersionIsNotOne(_ text: String) {
        #expect(SemanticVersion(text) == nil)
    }

    @Test func theOrderIsThatOfTheSpecification() {
        let ordered = [
            "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "2.0.0",
        ].compactMap { SemanticVersion($0) }
        #expect(ordered.count == 13)
        #expect(ordered.shuffled().sorted() == ordered)
    }
}

@Suite struct ModelIDTests {
    @Test(arguments: ["cxr-pneumonia", "a", "m2", "a-b-c", String(repeating: "a", count: 48)])
    func isRead(_ text: String) {
        #expect(ModelID(text)?.description == text)
    }

    @Test(arguments: [
        "", "../../escape", "..", "a/b", "a\\b", "a\0b", "x\n../../etc/passwd", "cxr-pneumonіa", "ｃxr", "cxr\u{202E}",
        "Cxr",
        "CXR-PNEUMONIA", "-a", "a-", "2a", "a b", "a;b", "a`b", "a.b", "a_b", String(repeating: "a", count: 49),
    ])
    func whatCouldEscapeOrDeceiveIsRefused(_ text: String) {
        #expect(ModelID(text) == nil)
    }
}
