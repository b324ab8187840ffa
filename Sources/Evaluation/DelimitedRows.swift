import Foundation

/// Rows of a table of comma-separated values, one at a time, in fixed memory. Source: RFC 4180; a byte order mark and
/// line ends of either kind are taken.
public final class DelimitedRows {
    /// Gives the next piece of the text; empty at its end.
    public typealias Source = () throws -> [UInt8]

    /// One row: its number, 1 being the first, and its fields without their quotes.
    struct Row {
        var number = 0
        fileprivate var bytes: [UInt8] = []
        fileprivate var ends: [Int] = []

        var count: Int { ends.count }

        subscript(index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

        /// A field without white space around it.
        func text(_ index: Int) -> String {
            String(decoding: self[index], as: UTF8.self).trimmingCharacters(in: .whitespaces)
        }
    }

    let table: EvaluationError.Table
    private let source: Source
    private var piece: [UInt8] = []
    private var at = 0
    private var number = 0

    /// Takes where the text comes from.
    public init(_ table: EvaluationError.Table, source: @escaping Source) {
        self.table = table
        self.source = source
    }

    /// Opens a file.
    public convenience init(_ table: EvaluationError.Table, path: String) throws(EvaluationError) {
        guard let file = FileHandle(forReadingAtPath: path) else { throw .disk(reading: table) }
        self.init(table) { Array(try file.read(upToCount: 1 << 16) ?? Data()) }
    }

    private func nextByte() throws(EvaluationError) -> UInt8? {
        if at == piece.count {
            do { piece = try source() } catch { throw .disk(reading: table) }
            at = 0
            if piece.isEmpty { return nil }
        }
        defer { at += 1 }
        return piece[at]
    }

    /// Reads the next row that is not empty; `false` at the end.
    func next(_ row: inout Row) throws(EvaluationError) -> Bool {
        let (quote, comma, feed, carriage) = (
            UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"), UInt8(ascii: "\r")
        )
        row.bytes.removeAll(keepingCapacity: true)
        row.ends.removeAll(keepingCapacity: true)
        number += 1
        var (isQuoted, wasQuote, isEmpty) = (false, false, true)
        while let byte = try nextByte() {
            if isQuoted {
                if byte != quote {
                    row.bytes.append(byte)
                } else {
                    (isQuoted, wasQuote) = (false, true)
                }
            } else if byte == quote {
                // A second quote inside a quoted field is a quote itself.
                if wasQuote { row.bytes.append(quote) }
                (isQuoted, isEmpty, wasQuote) = (true, false, false)
            } else if byte == comma {
                row.ends.append(row.bytes.count)
                (isEmpty, wasQuote) = (false, false)
            } else if byte == feed {
                if isEmpty {
                    number += 1
                    continue
                }
                return finish(&row)
            } else if byte != carriage {
                row.bytes.append(byte)
                (isEmpty, wasQuote) = (false, false)
            }
            if row.bytes.count > EvaluationLimits.rowBytes { throw .rowTooLong(table, row: number) }
        }
        return isEmpty ? false : finish(&row)
    }

    private func finish(_ row: inout Row) -> Bool {
        row.ends.append(row.bytes.count)
        row.number = number
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if number == 1, row.bytes.starts(with: mark) {
            row.bytes.removeFirst(mark.count)
            row.ends = row.ends.map { $0 - mark.count }
        }
        return true
    }
}
