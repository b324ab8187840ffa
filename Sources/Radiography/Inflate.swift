/// Unpacks a zlib stream, up to a limit that the caller knows.
///
/// Source: RFC 1950, RFC 1951.
struct Inflate {
    private let input: [UInt8]
    private let limit: Int
    private var position = 0
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var output: [UInt8] = []

    /// The unpacked bytes; `nil` for a damaged stream, or one of more than `limit` bytes.
    static func unpack(zlib input: [UInt8], limit: Int) -> [UInt8]? {
        guard input.count > 6, input[0] & 0x0F == 8, (Int(input[0]) << 8 | Int(input[1])) % 31 == 0,
            input[1] & 0x20 == 0
        else { return nil }
        var inflate = Inflate(input: Array(input.dropFirst(2)), limit: limit)
        guard inflate.run() else { return nil }
        let tail = inflate.input.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return tail == Checksum.adler32(inflate.output) ? inflate.output : nil
    }

    private init(input: [UInt8], limit: Int) {
        self.input = input
        self.limit = limit
        output.reserveCapacity(limit)
    }

    private mutating func take(_ count: Int) -> Int? {
        while bitCount < count {
            guard position < input.count else { return nil }
            bits |= UInt32(input[position]) << UInt32(bitCount)
            position += 1
            bitCount += 8
        }
        let value = bits & ((1 << UInt32(count)) - 1)
        bits >>= UInt32(count)
        bitCount -= count
        return Int(value)
    }

    private mutating func run() -> Bool {
        while true {
            guard let isLast = take(1), let kind = take(2) else { return false }
            let isGood: Bool
            switch kind {
            case 0: isGood = stored()
            case 1: isGood = block(Inflate.fixedLiterals, Inflate.fixedDistances)
            case 2:
                guard let (literals, distances) = tables() else { return false }
                isGood = block(literals, distances)
            default: isGood = false
            }
            guard isGood else { return false }
            if isLast == 1 { return true }
        }
    }

    private mutating func stored() -> Bool {
        bits = 0
        bitCount = 0
        guard position + 4 <= input.count else { return false }
        let length = Int(input[position]) | Int(input[position + 1]) << 8
        let inverse = Int(input[position + 2]) | Int(input[position + 3]) << 8
        position += 4
        guard length == ~inverse & 0xFFFF, position + length <= input.count, output.count + length <= limit else {
            return false
        }
        output.append(contentsOf: input[position..<(position + length)])
        position += length
        return true
    }

    /// How many codes there are of each length, and the symbols in the order of their codes.
    private struct Table {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(_ lengths: [Int]) {
            for length in lengths where length > 0 { counts[length] += 1 }
            for length in 1...15 {
                for (symbol, own) in lengths.enumerated() where own == length { symbols.append(symbol) }
            }
        }
    }

    private mutating func symbol(_ table: Table) -> Int? {
        var (code, first, index) = (0, 0, 0)
        for length in 1...15 {
            guard let bit = take(1) else { return nil }
            code |= bit
            let count = table.counts[length]
            if code - count < first { return table.symbols[index + code - first] }
            index += count
            first = (first + count) << 1
            code <<= 1
        }
        return nil
    }

    private mutating func tables() -> (Table, Table)? {
        guard let literals = take(5), let distances = take(5), let codes = take(4), literals + 257 <= 286 else {
            return nil
        }
        var lengths = [Int](repeating: 0, count: 19)
        for index in 0..<(codes + 4) {
            guard let length = take(3) else { return nil }
            lengths[Inflate.codeOrder[index]] = length
        }
        let table = Table(lengths)
        let wanted = literals + 257 + distances + 1
        var all: [Int] = []
        while all.count < wanted {
            guard let symbol = symbol(table) else { return nil }
            switch symbol {
            case 0..<16: all.append(symbol)
            case 16:
                guard let last = all.last, let more = take(2) else { return nil }
                all += [Int](repeating: last, count: more + 3)
            default:
                guard let more = symbol == 17 ? take(3) : take(7) else { return nil }
                all += [Int](repeating: 0, count: more + (symbol == 17 ? 3 : 11))
            }
        }
        guard all.count == wanted else { return nil }
        return (Table(Array(all.prefix(literals + 257))), Table(Array(all.suffix(distances + 1))))
    }

    private mutating func block(_ literals: Table, _ distances: Table) -> Bool {
        while true {
            guard let symbol = symbol(literals) else { return false }
            if symbol == 256 { return true }
            guard output.count < limit else { return false }
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            guard symbol - 257 < Inflate.lengthBase.count, let moreLength = take(Inflate.lengthBits[symbol - 257]),
                let code = self.symbol(distances), code < Inflate.distanceBase.count,
                let moreDistance = take(Inflate.distanceBits[code])
            else { return false }
            let length = Inflate.lengthBase[symbol - 257] + moreLength
            let distance = Inflate.distanceBase[code] + moreDistance
            guard distance <= output.count, output.count + length <= limit else { return false }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }

    private static let codeOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    private static let lengthBase = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBase = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
        6145, 8193, 12289, 16385, 24577,
    ]
    private static let distanceBits = [
        0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
    ]
    private static let fixedLiterals = Table(
        (0..<288).map { $0 < 144 ? 8 : ($0 < 256 ? 9 : ($0 < 280 ? 7 : 8)) })
    private static let fixedDistances = Table([Int](repeating: 5, count: 30))
}
