import Foundation

/// What must not stand in a command line, where every user of the host could read it (`/proc`).
enum StandardInput {
    /// The first line, without its end; throws if there is none. `what` is asked for on a terminal.
    static func line(_ what: String) throws -> String {
        if isatty(STDIN_FILENO) == 1 {
            FileHandle.standardError.write(Data("\(what): ".utf8))
        }
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw Complaint("\(what) is read from standard input, and nothing was there", code: 64)
        }
        return line
    }
}
