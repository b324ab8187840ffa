// The journal's signing key is replaced in two steps: its successor lies beside it until the journal has come to it,
// then takes its place. Which of the two signs, the journal itself tells.

extension KeyRing {
    private static let nextJournal = "journal.next.key"
    private static let nextJournalPublic = "journal.next.pub"
    private static let previousJournal = "journal.previous.key"

    /// Makes a successor of the journal's key, durable before it signs anything. Throws `keyIsCredential` if the service
    /// manager brings the key. A successor that an earlier try left is replaced: ask the journal first.
    public static func prepareJournalKey(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> JournalSigningKey {
        try prepareJournalKey(in: KeyDirectory(directory), random: random)
    }

    static func prepareJournalKey(
        in directory: KeyDirectory, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> JournalSigningKey {
        try directory.check()
        guard !directory.isCredential("journal.key") else { throw .keyIsCredential(name: "journal.key") }
        try discardNextJournalKey(in: directory)
        let seed = try random.secret(32)
        let key = try JournalSigningKey(seed: seed)
        try directory.create(nextJournal, content: hexadecimal(seed))
        try directory.create(nextJournalPublic, content: text(key.verifyingKey.hexadecimal + "\n"))
        return key
    }

    /// The successor that waits; `nil` if there is none.
    public static func nextJournalKey(in directory: String) throws(SealingError) -> JournalSigningKey? {
        let directory = KeyDirectory(directory)
        guard directory.exists(nextJournal) else { return nil }
        return try JournalSigningKey(seed: directory.readSecret(nextJournal))
    }

    /// The successor takes the key's place, and the old key is destroyed. Only once the journal has come to it.
    public static func adoptNextJournalKey(in directory: String) throws(SealingError) {
        try adoptNextJournalKey(in: KeyDirectory(directory))
    }

    static func adoptNextJournalKey(in directory: KeyDirectory) throws(SealingError) {
        try directory.check()
        if !directory.exists(nextJournalPublic) {
            let key = try JournalSigningKey(seed: directory.readSecret(nextJournal))
            try directory.create(nextJournalPublic, content: text(key.verifyingKey.hexadecimal + "\n"))
        }
        try directory.rename("journal.key", to: previousJournal)
        try recoverJournalKey(in: directory)
    }

    /// Ends an adoption that was cut short; does nothing before its first rename.
    static func recoverJournalKey(in directory: KeyDirectory) throws(SealingError) {
        guard directory.exists(previousJournal) else { return }
        if directory.exists(nextJournal) { try directory.rename(nextJournal, to: "journal.key") }
        if directory.exists(nextJournalPublic) { try directory.rename(nextJournalPublic, to: "journal.pub") }
        try directory.destroy(previousJournal)
    }

    /// Destroys a successor that the journal has not come to.
    public static func discardNextJournalKey(in directory: String) throws(SealingError) {
        try discardNextJournalKey(in: KeyDirectory(directory))
    }

    private static func discardNextJournalKey(in directory: KeyDirectory) throws(SealingError) {
        for name in [nextJournalPublic, nextJournal] where directory.exists(name) { try directory.destroy(name) }
    }
}
