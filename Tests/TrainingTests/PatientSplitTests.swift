import Testing

@testable import Training

@Suite struct PatientSplitTests {
    private func make(seed: UInt64) -> (PatientSplit, [String], [UInt64], [Bool]) {
        var random = RandomSource(seed: 17)
        var (groups, fingerprints, labels): ([String], [UInt64], [Bool]) = ([], [], [])
        for index in 0..<1000 {
            let isPositive = index % 4 != 0
            groups.append("\(isPositive ? "P" : "N")-\(random.index(below: 150))")
            // Some pictures occur twice, under two patients.
            fingerprints.append(UInt64(random.index(below: 5000)))
            labels.append(isPositive)
        }
        let split = PatientSplit(
            groups: groups, fingerprints: fingerprints, labels: labels.map { $0 ? 1 : 0 }, share: 0.12, seed: seed)
        return (split, groups, fingerprints, labels)
    }

    @Test func noPatientAndNoPictureIsOnBothSides() {
        let (split, groups, fingerprints, _) = make(seed: 1)
        #expect((split.training + split.validation).sorted() == Array(0..<1000))
        #expect(Set(split.training.map { groups[$0] }).isDisjoint(with: split.validation.map { groups[$0] }))
        #expect(
            Set(split.training.map { fingerprints[$0] }).isDisjoint(with: split.validation.map { fingerprints[$0] }))
    }

    @Test func aboutTheWantedShareOfEachClassIsHeldOut() {
        // Without shared pictures, so that no joined group is large.
        let labels = (0..<1000).map { $0 % 4 != 0 }
        let split = PatientSplit(
            groups: (0..<1000).map { "\($0 % 4 != 0 ? "P" : "N")\($0 / 8)" },
            fingerprints: (0..<1000).map { UInt64($0) },
            labels: labels.map { $0 ? 1 : 0 }, share: 0.12, seed: 3)
        for positive in [false, true] {
            let held = Double(split.validation.count { labels[$0] == positive })
            let all = Double(labels.count { $0 == positive })
            #expect(abs(held / all - 0.12) < 0.03)
        }
    }

    @Test func theSplitDependsOnTheSeedAlone() {
        #expect(make(seed: 1).0.validation == make(seed: 1).0.validation)
        #expect(make(seed: 1).0.validation != make(seed: 2).0.validation)
    }

    /// One patient of forty pictures and many of one: the shares come out to the picture.
    @Test func dealtPartsHaveTheirSharesAndShareNoPatientAndNoPicture() {
        let groups = (0..<400).map { $0 < 40 ? "large" : "P\($0)" }
        let fingerprints = (0..<400).map { $0 % 50 == 49 ? -1 : $0 }
        let labels = (0..<400).map { $0 % 2 }
        let deal = PatientDeal(
            groups: groups, fingerprints: fingerprints, labels: labels, shares: [0.7, 0.2, 0.1], seed: 5)
        for part in 0..<3 {
            let own = deal.part.indices.filter { deal.part[$0] == part }
            let others = deal.part.indices.filter { deal.part[$0] != part }
            #expect(Set(own.map { groups[$0] }).isDisjoint(with: others.map { groups[$0] }))
            #expect(Set(own.map { fingerprints[$0] }).isDisjoint(with: others.map { fingerprints[$0] }))
            #expect(abs(own.count - [280, 80, 40][part]) <= 1)
        }
        let other = PatientDeal(
            groups: groups, fingerprints: fingerprints, labels: labels, shares: [0.7, 0.2, 0.1], seed: 6)
        #expect(other.part != deal.part)
    }
}
