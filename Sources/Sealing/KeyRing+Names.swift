extension KeyRing {
    /// Every name that a file of the key directory can have.
    static let everyName: [String] = {
        var names = ["journal.key", "journal.pub", "journal.next.key", "journal.next.pub", "journal.previous.key"]
        names += [modelsFile, modelsPublicFile]
        for key in RoleKey.allCases {
            names += [key.file, key.publicFile, key.previousFile, key.nextFile, key.nextPublicFile]
        }
        for epoch in 1...UInt32(SealingLimits.pseudonymEpochs) {
            names += [pseudonymName(epoch), resultUIDName(epoch)]
        }
        return names
    }()
}
