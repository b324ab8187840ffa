extension KeyRing {
    /// Begins a rotation: the role gets a new pair, the old private key stays as `….previous.key` so that study rows
    /// can be rewrapped (`StudyKeys.rewrap`). Throws `keyFileExists` while an earlier rotation is not finished.
    /// After a crash in between, `recoverRotation` sets things right.
    public static func rotate(
        _ key: RoleKey, in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) {
        let name = key.rawValue
        try KeyFile.checkDirectory(directory)
        guard !KeyFile.exists("\(name).previous.key", in: directory) else {
            throw .keyFileExists(name: "\(name).previous.key")
        }
        let new = try P256PrivateKey.generate(random)
        try KeyFile.remove("\(name).next.key", in: directory)
        try KeyFile.remove("\(name).next.pub", in: directory)
        try KeyFile.create("\(name).next.key", in: directory, content: new.pem())
        try KeyFile.create("\(name).next.pub", in: directory, content: text(new.publicKey.pem()))
        try KeyFile.rename("\(name).key", to: "\(name).previous.key", in: directory)
        try KeyFile.rename("\(name).next.key", to: "\(name).key", in: directory)
        try KeyFile.rename("\(name).next.pub", to: "\(name).pub", in: directory)
    }

    /// Sets right a rotation that a crash cut short. Called at start, before `load`; does nothing otherwise.
    public static func recoverRotation(in directory: String) throws(SealingError) {
        for name in RoleKey.allCases.map(\.rawValue) {
            let isHalfway = KeyFile.exists("\(name).previous.key", in: directory)
            if isHalfway, KeyFile.exists("\(name).next.key", in: directory) {
                try KeyFile.rename("\(name).next.key", to: "\(name).key", in: directory)
            }
            if isHalfway, KeyFile.exists("\(name).next.pub", in: directory) {
                try KeyFile.rename("\(name).next.pub", to: "\(name).pub", in: directory)
            }
            if !isHalfway {
                for leftover in ["\(name).next.key", "\(name).next.pub"] where KeyFile.exists(leftover, in: directory) {
                    try KeyFile.remove(leftover, in: directory)
                }
            }
        }
    }

    /// Ends a rotation: the old private key is destroyed. Only after every study row has been rewrapped.
    public static func completeRotation(_ key: RoleKey, in directory: String) throws(SealingError) {
        try KeyFile.checkDirectory(directory)
        try KeyFile.remove("\(key.rawValue).previous.key", in: directory)
    }

    /// Adds an epoch of the pseudonym key: from now on the same patient gets other pseudonyms. Never done silently.
    public static func addPseudonymEpoch(
        in directory: String, random: any RandomBytes = SystemRandom()
    ) throws(SealingError) -> UInt32 {
        try KeyFile.checkDirectory(directory)
        let epoch = UInt32(try readPseudonyms(in: directory).count + 1)
        guard epoch <= SealingLimits.pseudonymEpochs else { throw .tooLong }
        try KeyFile.create(pseudonymName(epoch), in: directory, content: hexadecimal(random.secret(32)))
        return epoch
    }
}
