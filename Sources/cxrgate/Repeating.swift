import Foundation

/// Showing something again and again, for people who look on.
enum Repeating {
    /// Runs `body` once, or every `seconds` until Ctrl-C; on a terminal each time on a cleared screen.
    static func run(every seconds: Double?, _ body: () async throws -> Void) async throws {
        guard let seconds else { return try await body() }
        guard (0.2...86_400).contains(seconds) else {
            throw Complaint("--watch is 0.2 to 86400 seconds", code: 64)
        }
        while true {
            if isatty(STDOUT_FILENO) == 1 { Terminal.clear() }
            try await body()
            fflush(nil)
            try await Task.sleep(for: .seconds(seconds))
        }
    }
}

extension Terminal {
    /// Cursor to the upper left, and everything behind it away. Source: ECMA-48, CUP and ED.
    static func clear() { FileHandle.standardOutput.write(Data("\u{1B}[H\u{1B}[2J".utf8)) }

    /// Columns of a line: 80, or what a wider terminal has.
    static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return 80 }
        return max(80, Int(size.ws_col))
    }
}
