import Durability

/// Checkpoints kept elsewhere, as text: one note, or many with an empty line behind each.
public enum CheckpointFile {
    /// The notes of a text. Throws `checkpointMalformed`.
    public static func read(_ text: String) throws(JournalError) -> [Checkpoint] {
        var notes: [Checkpoint] = []
        var lines: [Substring] = []
        func close() throws(JournalError) {
            if lines.isEmpty { return }
            notes.append(try Checkpoint(text: lines.map { $0 + "\n" }.joined()))
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // The first empty line of a note stands before its signatures.
            if line.isEmpty, lines.isEmpty || lines.contains(where: { $0.hasPrefix("— ") }) {
                try close()
            } else {
                lines.append(line)
            }
        }
        try close()
        guard !notes.isEmpty else { throw .checkpointMalformed }
        return notes
    }

    /// What a file of many gets for one more.
    public static func appended(_ checkpoint: Checkpoint) -> String { checkpoint.text + "\n" }
}
