import Testing

@testable import Gateway

@Suite struct VersionOrderTests {
    @Test("Debian's versions stand in the order that dpkg has for them")
    func debian() {
        // Each before the next, as `dpkg --compare-versions` says.
        let ordered = [
            "1.0~rc1-1", "1.0-1", "1.0-1+b1", "1.0-2", "1.0a-1", "1.0+dfsg-1", "1.2.13.dfsg-1", "1.10-1", "3.0.2",
            "3.0.16-1~deb12u1", "3.0.16-1", "1:0.1-1", "1:1.2-1", "2:0-1",
        ]
        for (number, version) in ordered.enumerated() {
            #expect(VersionOrder.debian(version, version) == 0)
            for later in ordered[(number + 1)...] {
                #expect(VersionOrder.debian(version, later) < 0, "\(version) \(later)")
                #expect(VersionOrder.debian(later, version) > 0, "\(later) \(version)")
            }
        }
        #expect(VersionOrder.debian("1.01", "1.1") == 0)
    }

    @Test("semantic versions stand in the order of semver.org 11")
    func semantic() {
        let ordered = [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
            "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10.0", "2.0.0",
        ]
        for (number, version) in ordered.enumerated() {
            for later in ordered[(number + 1)...] {
                #expect(VersionOrder.semantic(version, later) < 0, "\(version) \(later)")
                #expect(VersionOrder.semantic(later, version) > 0, "\(later) \(version)")
            }
        }
        #expect(VersionOrder.semantic("v1.0.0+build", "1.0") == 0)
        #expect(VersionOrder.isBefore("0", "0.0.1", in: .swift) && !VersionOrder.isBefore("0.0.1", "0", in: .swift))
    }
}
