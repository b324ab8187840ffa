/// Pictures that must stay together: of one patient, or with the same pixels, or joined by a chain of both.
struct PatientGroups {
    /// Indices of the pictures of each group, ascending; by their smallest.
    private(set) var members: [[Int]]

    init(groups: [String], fingerprints: [some Hashable]) {
        var joined = DisjointSets(count: groups.count)
        func join(_ keys: [some Hashable]) {
            var first: [AnyHashable: Int] = [:]
            for (index, key) in keys.enumerated() {
                if let other = first[AnyHashable(key)] {
                    joined.join(index, other)
                } else {
                    first[AnyHashable(key)] = index
                }
            }
        }
        join(groups)
        join(fingerprints)
        var members: [Int: [Int]] = [:]
        for index in groups.indices { members[joined.root(index), default: []].append(index) }
        self.members = members.keys.sorted().compactMap { members[$0] }
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
