/// Which pictures are trained on and which are held out: by patient, and with equal pictures on one side.
struct PatientSplit {
    var training: [Int] = []
    var validation: [Int] = []

    /// Divides pictures with the given patient groups, fingerprints and classes.
    ///
    /// Groups that share a picture are joined first. Then whole groups are drawn, for each class, until `share` of its
    /// pictures is held out. A joined group counts for the class of its first picture.
    init(groups: [String], fingerprints: [some Hashable], labels: [Int], share: Double, seed: UInt64) {
        let joined = PatientGroups(groups: groups, fingerprints: fingerprints).members
        for label in Set(labels).sorted() {
            var parts = joined.filter { labels[$0[0]] == label }
            var random = RandomSource(seed: seed, 1, UInt64(label))
            random.shuffle(&parts)
            let total = parts.reduce(0) { $0 + $1.count }
            var held = 0
            for part in parts {
                if Double(held) < share * Double(total) {
                    validation += part
                    held += part.count
                } else {
                    training += part
                }
            }
        }
        training.sort()
        validation.sort()
    }
}

/// Pictures dealt into named parts of wanted shares, by patient.
public struct PatientDeal: Sendable {
    /// The part of each picture.
    public private(set) var part: [Int]

    /// Shares are exact as far as whole groups allow: for each class the largest groups are dealt first, each to the
    /// part that lacks most pictures of that class; among equals the seed decides.
    public init(
        groups: [String], fingerprints: [some Hashable], labels: [Int], shares: [Double], seed: UInt64
    ) {
        part = [Int](repeating: 0, count: groups.count)
        let joined = PatientGroups(groups: groups, fingerprints: fingerprints).members
        let sum = shares.reduce(0, +)
        for label in Set(labels).sorted() {
            var members = joined.filter { labels[$0[0]] == label }
            var random = RandomSource(seed: seed, 6, UInt64(label))
            random.shuffle(&members)
            let order = members.indices.sorted { (members[$1].count, $0) < (members[$0].count, $1) }
            let total = Double(members.reduce(0) { $0 + $1.count })
            var lacking = shares.map { $0 / sum * total }
            for index in order {
                let neediest = lacking.indices.max { lacking[$0] < lacking[$1] } ?? 0
                lacking[neediest] -= Double(members[index].count)
                for picture in members[index] { part[picture] = neediest }
            }
        }
    }
}
