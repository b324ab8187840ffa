/// The order of versions, by the rules of whoever numbers them.
enum VersionOrder {
    /// Whether `left` is before `right`.
    static func isBefore(_ left: String, _ right: String, in ecosystem: SoftwarePart.Ecosystem) -> Bool {
        // OSV writes "from the beginning" as 0.
        if right == "0" { return false }
        if left == "0" { return true }
        return switch ecosystem {
        case .debian: debian(left, right) < 0
        case .swift: semantic(left, right) < 0
        }
    }

    /// Negative if `left` is before `right`. Source: deb-version(7).
    static func debian(_ left: String, _ right: String) -> Int {
        func parts(_ version: String) -> (epoch: Int, upstream: [UInt8], revision: [UInt8]) {
            var rest = Array(version.utf8)
            var epoch = 0
            if let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
                epoch = Int(String(decoding: rest[..<colon], as: UTF8.self)) ?? 0
                rest = Array(rest[(colon + 1)...])
            }
            guard let dash = rest.lastIndex(of: UInt8(ascii: "-")) else { return (epoch, rest, []) }
            return (epoch, Array(rest[..<dash]), Array(rest[(dash + 1)...]))
        }
        let (left, right) = (parts(left), parts(right))
        if left.epoch != right.epoch { return left.epoch - right.epoch }
        let upstream = fragments(left.upstream, right.upstream)
        return upstream != 0 ? upstream : fragments(left.revision, right.revision)
    }

    /// Runs of other characters and runs of digits in turn: letters before signs, a tilde before everything, even the end.
    private static func fragments(_ left: [UInt8], _ right: [UInt8]) -> Int {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        func rank(_ bytes: ArraySlice<UInt8>) -> Int {
            guard let byte = bytes.first, !isDigit(byte) else { return 0 }
            if byte == UInt8(ascii: "~") { return -1 }
            let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isLetter ? Int(byte) : Int(byte) + 256
        }
        var (left, right) = (left[...], right[...])
        while !left.isEmpty || !right.isEmpty {
            while left.first.map({ !isDigit($0) }) ?? false || right.first.map({ !isDigit($0) }) ?? false {
                let (first, second) = (rank(left), rank(right))
                if first != second { return first - second }
                left = left.dropFirst()
                right = right.dropFirst()
            }
            let (first, second) = (left.prefix(while: isDigit), right.prefix(while: isDigit))
            (left, right) = (left.dropFirst(first.count), right.dropFirst(second.count))
            // Of two numbers without leading zeros the longer one is the larger.
            let (one, other) = (first.drop { $0 == 0x30 }, second.drop { $0 == 0x30 })
            if one.count != other.count { return one.count - other.count }
            if let difference = zip(one, other).first(where: { $0 != $1 }) {
                return Int(difference.0) - Int(difference.1)
            }
        }
        return 0
    }

    /// Negative if `left` is before `right`. Source: semver.org 11.
    static func semantic(_ left: String, _ right: String) -> Int {
        func parts(_ version: String) -> (numbers: [Int], release: [Substring]) {
            let plain = version.drop { $0 == "v" }.split(separator: "+", maxSplits: 1).first ?? ""
            let halves = plain.split(separator: "-", maxSplits: 1)
            let numbers = (halves.first ?? "").split(separator: ".").map { Int($0) ?? 0 }
            return (numbers, halves.count > 1 ? halves[1].split(separator: ".") : [])
        }
        let (left, right) = (parts(left), parts(right))
        for place in 0..<max(left.numbers.count, right.numbers.count) {
            let first = place < left.numbers.count ? left.numbers[place] : 0
            let second = place < right.numbers.count ? right.numbers[place] : 0
            if first != second { return first < second ? -1 : 1 }
        }
        // What comes before a release is before it.
        if left.release.isEmpty || right.release.isEmpty { return right.release.count - left.release.count }
        for (first, second) in zip(left.release, right.release) where first != second {
            return switch (Int(first), Int(second)) {
            case (let one?, let other?): one - other
            case (nil, nil): first < second ? -1 : 1
            case (nil, _): 1
            case (_, nil): -1
            }
        }
        return left.release.count - right.release.count
    }
}
