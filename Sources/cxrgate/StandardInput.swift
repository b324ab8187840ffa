import Foundation
import Gateway

/// What must not stand in a command line, where every user of the host could read it (`/proc`).
enum StandardInput {
    /// The first line, without its end; throws if there is none. `what` is asked for on a terminal.
    static func line(_ what: String) throws -> String {
        if isatty(STDIN_FILENO) == 1 {
            FileHandle.standardError.write(Data("\(what): ".utf8))
        }
        guard let line = readLine(strippingNewline: true), !line.isEmpty else {
            throw Complaint(
                "\(what) is read from standard input, and nothing was there", code: CommandExit.usage.rawValue)
        }
        return line
    }

    /// The identifier of a patient or a study: the first line without white space around it, 256 bytes at most.
    static func identifier(_ what: String) throws -> String {
        let line = try line(what).trimmingCharacters(in: .whitespaces)
        guard !line.isEmpty, line.utf8.count <= 256 else {
            throw Complaint("\(what) is one line of 1 to 256 bytes", code: CommandExit.usage.rawValue)
        }
        return line
    }
}
