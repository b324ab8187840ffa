/// Sorts records of one width by their bytes, in fixed memory: pieces are sorted in memory, laid on disk, and merged
/// as often as they are read.
final class RecordSort {
    let width: Int
    private let pieceRecords: Int
    private let folder: String
    private var records: [UInt8] = []
    private var spool: SpoolFile?
    private var pieces: [Range<Int>] = []
    private var isSorted = false
    private(set) var count = 0

    /// - Parameters:
    ///   - width: bytes of a record, at least 8.
    ///   - bytes: what is held in memory.
    init(width: Int, bytes: Int, folder: String) {
        precondition(width >= 8, "the first eight bytes are compared as one number")
        self.width = width
        self.folder = folder
        pieceRecords = max(2, bytes / (width * 2 + 16))
    }

    func append(_ record: [UInt8]) throws(EvaluationError) {
        precondition(record.count == width, "all records have one width")
        records += record
        count += 1
        if records.count == pieceRecords * width { try spill() }
    }

    private func spill() throws(EvaluationError) {
        let file: SpoolFile
        if let spool { file = spool } else { file = try SpoolFile(folder: folder) }
        spool = file
        guard pieces.count < EvaluationLimits.sortedPieces else { throw .disk(reading: nil) }
        let start = file.byteCount
        try file.append(RecordSort.sorted(records, width: width))
        pieces.append(start..<file.byteCount)
        records.removeAll(keepingCapacity: true)
    }

    /// Calls `body` with each record in order. May be called again; nothing may be appended in between.
    func forEach(_ body: ([UInt8]) throws(EvaluationError) -> Void) throws(EvaluationError) {
        var reader = try reader()
        var record: [UInt8] = []
        while try reader.next(&record) { try body(record) }
    }

    /// A reader from the first record on.
    func reader() throws(EvaluationError) -> Reader {
        if spool != nil, !records.isEmpty { try spill() }
        guard let spool else {
            if !isSorted { records = RecordSort.sorted(records, width: width) }
            isSorted = true
            return Reader(memory: records, width: width)
        }
        return try Reader(spool, pieces, width: width)
    }

    private static func sorted(_ records: [UInt8], width: Int) -> [UInt8] {
        var order: [(head: UInt64, start: Int)] = []
        order.reserveCapacity(records.count / width)
        for start in stride(from: 0, to: records.count, by: width) {
            order.append((RecordBytes.number(records, start), start))
        }
        order.sort { a, b in
            if a.head != b.head { return a.head < b.head }
            for offset in 8..<width where records[a.start + offset] != records[b.start + offset] {
                return records[a.start + offset] < records[b.start + offset]
            }
            return false
        }
        var result: [UInt8] = []
        result.reserveCapacity(records.count)
        for (_, start) in order { result += records[start..<start + width] }
        return result
    }
}

extension RecordSort {
    /// Gives records in order: those in memory, or the merge of the pieces on disk.
    struct Reader {
        /// One sorted piece, of which a part is in memory.
        private struct Piece {
            var bytes: [UInt8]
            var at = 0
            /// What of it is still on disk.
            var rest: Range<Int>
        }

        private let width: Int
        private let spool: SpoolFile?
        private var pieces: [Piece]
        /// Indices of pieces, the one with the smallest record first: a heap.
        private var heap: [Int] = []
        private static let readRecords = 2048

        fileprivate init(memory: [UInt8], width: Int) {
            self.width = width
            spool = nil
            pieces = [Piece(bytes: memory, rest: 0..<0)]
            if !memory.isEmpty { heap = [0] }
        }

        fileprivate init(_ spool: SpoolFile, _ ranges: [Range<Int>], width: Int) throws(EvaluationError) {
            self.width = width
            self.spool = spool
            pieces = ranges.map { Piece(bytes: [], rest: $0) }
            for index in pieces.indices where try refill(index) {
                heap.append(index)
                rise(heap.count - 1)
            }
        }

        /// The smallest record that is left; `false` at the end.
        mutating func next(_ record: inout [UInt8]) throws(EvaluationError) -> Bool {
            guard let first = heap.first else { return false }
            let at = pieces[first].at
            record.removeAll(keepingCapacity: true)
            record += pieces[first].bytes[at..<at + width]
            pieces[first].at = at + width
            if pieces[first].at == pieces[first].bytes.count, try !refill(first) {
                let last = heap.removeLast()
                guard !heap.isEmpty else { return true }
                heap[0] = last
            }
            sink()
            return true
        }

        private mutating func refill(_ index: Int) throws(EvaluationError) -> Bool {
            let rest = pieces[index].rest
            guard let spool, !rest.isEmpty else { return false }
            let part = rest.lowerBound..<min(rest.upperBound, rest.lowerBound + width * Self.readRecords)
            pieces[index].bytes = [UInt8](repeating: 0, count: part.count)
            try spool.read(&pieces[index].bytes, at: part.lowerBound)
            pieces[index].at = 0
            pieces[index].rest = part.upperBound..<rest.upperBound
            return true
        }

        private func isBefore(_ a: Int, _ b: Int) -> Bool {
            for offset in 0..<width {
                let (x, y) = (pieces[a].bytes[pieces[a].at + offset], pieces[b].bytes[pieces[b].at + offset])
                if x != y { return x < y }
            }
            return a < b
        }

        private mutating func rise(_ place: Int) {
            var place = place
            while place > 0, isBefore(heap[place], heap[(place - 1) / 2]) {
                heap.swapAt(place, (place - 1) / 2)
                place = (place - 1) / 2
            }
        }

        private mutating func sink() {
            var place = 0
            while true {
                var least = place
                for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                    if isBefore(heap[child], heap[least]) { least = child }
                }
                if least == place { return }
                heap.swapAt(place, least)
                place = least
            }
        }
    }
}
