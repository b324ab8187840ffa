import DICOMCore
import Radiography

/// A line of writing in the pixels. Says where and how large, never what.
public struct BurnedInText: Sendable, Codable, Hashable {
    /// Around the characters, without margin.
    public let box: PixelBox
    /// Characters of the line, counted by their shapes.
    public let characters: Int
    /// How sure the detector is: above 1 in every image that it reports; for the log and for figures.
    public let score: Double

    public init(box: PixelBox, characters: Int, score: Double) {
        self.box = box
        self.characters = characters
        self.score = score
    }

    /// What must be covered so that no edge of a character is left.
    public func covered(rows: Int, columns: Int) -> PixelBox {
        box.grown(by: max(4, min(box.height, box.width) / 2), rows: rows, columns: columns)
    }
}

/// Finds lines of four or more characters that were burned into a radiograph: names, numbers, dates.
///
/// Narrow bright or dark strokes are filtered out of the anatomy at four sizes (characters of 7 to 280 pixels), joined to
/// components, and chained to lines; a line is scored by how straight, even, sharp and character-like it is. One to
/// three characters are markers of side, view or position; longer words of position are known by their letters.
///
/// Pure; a 2048 × 2500 image takes about 60 ms on one core. Not found: handwriting, letters of more than 280 pixels, text
/// whose strokes differ from their ground by less than about 7 % of the image's range, scripts whose characters hang
/// together, names of up to three letters standing alone.
public struct TextDetector: Sendable {
    /// Heights of characters in pixels of one level of the pyramid; the next level is half as large.
    static let glyphHeights = 7...36
    /// Longest side of a component: letters that touch make one.
    static let widestGlyph = 150
    /// Smallest difference of a stroke to its ground, in the 256 steps of the grey plane.
    static let smallestContrast = 18
    /// Characters of more than 280 pixels do not fit the names of people into an image.
    static let levels = 4
    /// Runs of pixels at one threshold: a hostile image of stripes ends here. A page of text has a tenth.
    static let mostRuns = 200_000
    /// Shorter lines are markers.
    static let fewestCharacters = 4

    private let reader: GlyphReader
    private let markers: MarkerWords

    /// `markerWords`: words of position that the site writes on its images, beside the common English ones.
    public init(markerWords: [String] = []) throws(PixelCleaningError) {
        do throws(RadiographyError) { reader = try GlyphReader() } catch { throw .damagedFont }
        markers = MarkerWords(MarkerWords.common + markerWords)
    }

    /// The lines in the first frame of uncompressed little-endian samples, the surest first. `nil` if the samples are
    /// not of a kind that can be searched (other than 8 or 16 bits allocated, too few bytes).
    public func detect(native samples: [UInt8], geometry: PixelGeometry) -> [BurnedInText]? {
        GreyPlane(native: samples, geometry: geometry).map { detect($0) }
    }

    func detect(_ plane: GreyPlane) -> [BurnedInText] {
        let (lines, words) = candidates(plane)
        // A word of position that was read at one size may be a blur at another.
        let all = lines.filter { line in !words.contains { $0.isMost(of: line.box) } }.sorted { $0.score > $1.score }
        guard let first = all.first, first.score > LineScore.certain else { return [] }
        var found: [BurnedInText] = []
        for line in all {
            if let index = found.firstIndex(where: { $0.box.overlap(line.box) > 0.3 }) {
                // The same line at another size or threshold: what one has and the other lacks belongs to it.
                found[index] = BurnedInText(
                    box: found[index].box.union(line.box), characters: max(found[index].characters, line.characters),
                    score: found[index].score)
            } else {
                found.append(line)
            }
        }
        return found
    }

    /// Everything above the lower bound, of all sizes, thresholds and both polarities; one line may come several times.
    /// With it: where words of position were read.
    private func candidates(_ plane: GreyPlane) -> (lines: [BurnedInText], words: [PixelBox]) {
        var found: [BurnedInText] = []
        var words: [PixelBox] = []
        var plane = plane
        for level in 0..<Self.levels {
            if level > 0 { plane = plane.halved() }
            // What is smaller has no room for a line.
            if min(plane.rows, plane.columns) < 64 { break }
            let responses = StrokeFilter.responses(plane)
            for response in [responses.bright, responses.dark] {
                for line in lines(plane, response, level: level) {
                    switch line {
                    case .text(let text): found.append(text)
                    case .word(let box): words.append(box)
                    }
                }
            }
        }
        return (found, words)
    }

    private enum Line {
        case text(BurnedInText)
        case word(PixelBox)
    }

    private func lines(_ plane: GreyPlane, _ response: [UInt8], level: Int) -> [Line] {
        var found: [Line] = []
        var threshold = lowestThreshold(response)
        while threshold <= 127 {
            let runs = PixelLoops.runs(
                response, rows: plane.rows, columns: plane.columns, threshold: UInt8(threshold), most: Self.mostRuns)
            if runs.isEmpty { break }
            let components = ComponentFinder.components(
                runs, response: response, plane: plane.values, columns: plane.columns, heights: Self.glyphHeights,
                widest: Self.widestGlyph)
            for isVertical in [false, true] {
                for line in LineFinder.lines(components, isVertical: isVertical)
                where line.characters >= Self.fewestCharacters {
                    if let line = read(line, runs, threshold: threshold, level: level) { found.append(line) }
                }
            }
            threshold = threshold * 9 / 5
        }
        return found
    }

    private func read(_ line: LineCandidate, _ runs: [PixelRun], threshold: Int, level: Int) -> Line? {
        let masks = line.components.map { ComponentMask($0, runs) }
        let cells = masks.map(\.cells)
        let features = LineFeatures(
            line, cells: cells, perimeters: masks.map(\.perimeter), threshold: threshold, reader: reader)
        guard let score = LineScore.score(features, isVertical: line.isVertical), score > LineScore.likely
        else { return nil }
        let box = line.box.scaled(by: 1 << level)
        if markers.contain(line.components, cells: cells, features, reader: reader) { return .word(box) }
        return .text(BurnedInText(box: box, characters: line.characters, score: score))
    }

    /// At most one pixel in thirty may count as part of a stroke, so that texture does not drown the search.
    private func lowestThreshold(_ response: [UInt8]) -> Int {
        var counts = [Int](repeating: 0, count: 256)
        var total = 0
        for index in stride(from: 0, to: response.count, by: 7) {
            counts[Int(response[index])] += 1
            total += 1
        }
        var above = 0
        for step in stride(from: 255, to: Self.smallestContrast, by: -1) {
            above += counts[step]
            if above * 30 > total { return min(step, 60) }
        }
        return Self.smallestContrast
    }
}
