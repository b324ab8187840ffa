import Foundation

/// Plots for the terminal.
enum Plot {
    /// Characters of the longest bar.
    private static let width = 50

    /// One line for each bin with its count and a bar; runs of empty bins at both ends are left out.
    static func histogram(_ counts: [Int], from low: Double, to high: Double) -> String {
        guard let first = counts.firstIndex(where: { $0 > 0 }), let last = counts.lastIndex(where: { $0 > 0 }),
            let most = counts.max()
        else { return "  nothing yet" }
        let step = (high - low) / Double(counts.count)
        return (first...last).map { bin in
            let start = String(format: "%6.2f", low + Double(bin) * step)
            return "  \(start) \(bar(Double(counts[bin]) / Double(most))) \(counts[bin])"
        }.joined(separator: "\n")
    }

    /// A bar of eighths of a character for a part of the whole width, 0…1.
    static func bar(_ part: Double) -> String {
        let eighths = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
