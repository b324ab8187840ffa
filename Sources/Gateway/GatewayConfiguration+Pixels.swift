import Configuration
import Foundation
import PixelCleaning

extension GatewayConfiguration {
    /// Words of position, and the table of masks with every line of it that cannot be used.
    mutating func readMasks(_ reader: ConfigReader, _ problems: inout [String]) {
        if let words = reader.string(forKey: "deidentification.pixels.marker_words") {
            let list = words.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            // The font that is compared with has these letters; shorter words are markers anyway.
            if list.count <= 200, list.allSatisfy({ $0.wholeMatch(of: /[A-Za-z]{4,24}/) != nil }) {
                pixels.markerWords = list
            } else {
                problems.append(
                    "deidentification.pixels.marker_words: up to 200 words of 4 to 24 letters A to Z, commas between")
            }
        }
        guard let path = reader.string(forKey: "deidentification.pixels.masks"), !path.isEmpty else { return }
        guard let data = FileManager.default.contents(atPath: path) else {
            return problems.append("deidentification.pixels.masks: the file cannot be read: \(path)")
        }
        masks = String(decoding: data, as: UTF8.self)
        problems += MaskTable.parse(masks).problems.map { "deidentification.pixels.masks: \($0)" }
    }
}
