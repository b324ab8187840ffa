/// Which pictures are trained on and which are held out: by patient, and with equal pictures on one side.
struct PatientSplit {
    var training: [Int] = []
    var validation: [Int] = []

    /// Divides pictures with the given patient groups, fingerprints and findings.
    ///
    /// Groups that share a picture are joined first. Then whole groups are drawn, for each class, until `share` of its
    /// pictures is held out. A joined group counts for the class of its first picture.
    init(groups: [String], fingerprints: [UInt64], isPositive: [Bool], share: Double, seed: UInt64) {
        var joined = DisjointSets(count: groups.count)
        var firstOfGroup: [String: Int] = [:]
        var firstOfPicture: [UInt64: Int] = [:]
        for index in groups.indices {
            joined.join(index, firstOfGroup[groups[index], default: index])
            joined.join(index, firstOfPicture[fingerprints[index], default: index])
            if firstOfGroup[groups[index]] == nil { firstOfGroup[groups[index]] = index }
            if firstOfPicture[fingerprints[index]] == nil { firstOfPicture[fingerprints[index]] = index }
        }
        var members: [Int: [Int]] = [:]
        for index in groups.indices { members[joined.root(index), default: []].append(index) }

        for positive in [false, true] {
            var roots = members.keys.filter { isPositive[$0] == positive }.sorted()
            var random = RandomSource(seed: seed, 1, positive ? 1 : 0)
            random.shuffle(&roots)
            let total = roots.reduce(0) { $0 + (members[$1]?.count ?? 0) }
            var held = 0
            for root in roots {
                let part = members[root] ?? []
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

/// Sets that are joined pair by pair; the smallest member stands for its set.
private struct DisjointSets {
    private var parent: [Int]

    init(count: Int) { parent = Array(0..<count) }

    mutating func root(_ index: Int) -> Int {
        var at = index
        while parent[at] != at {
            parent[at] = parent[parent[at]]
            at = parent[at]
        }
        return at
    }

    mutating func join(_ a: Int, _ b: Int) {
        let (left, right) = (root(a), root(b))
        parent[max(left, right)] = min(left, right)
    }
}
