import Testing
import Watching

struct IdentitySearchTests {
    @Test(arguments: [
        "Doe^Jane", "study 1.2.826.0.1.3680043.8.498.1", "born 19840229", "x 2.25.123.4.5.6",
    ])
    func `Shapes of identifiers are found`(_ text: String) {
        #expect(!IdentitySearch().findings(in: "first line\n\(text)\n").isEmpty)
    }

    @Test(arguments: [
        "class 1.2.840.10008.5.1.4.1.1.88.34", "10.0.0.5:11112", "0123456789abcdef0123456789abcdef", "1785412345678",
        "NET-004: no answer", "version 1.2.3",
    ])
    func `What the gateway says of itself is not`(_ text: String) {
        #expect(IdentitySearch().findings(in: text).isEmpty)
    }

    @Test func `Named words are found in any case, part by part, and never repeated`() {
        let found = IdentitySearch(words: ["Nightingale^Florence", "AB1"]).findings(in: "x\nfor FLORENCE\nab1")
        #expect(found == ["a named word in line 2"])
    }
}
