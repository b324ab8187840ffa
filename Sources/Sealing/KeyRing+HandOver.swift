// What a supervisor hands to a role: open files, never their content.

extension KeyRing {
    /// Opens the files that a role reads, and no other. They are not read here.
    public static func files(for role: Role, in directory: String) throws(SealingError) -> [OpenKeyFile] {
        let directory = KeyDirectory(directory)
        try directory.check()
        var files: [OpenKeyFile] = []
        for name in RoleKey.allCases.map(\.publicFile) + ["journal.pub"] {
            files.append(try directory.open(name, isSecret: false))
        }
        for name in secretNames(for: role, in: directory) {
            files.append(try directory.open(name, isSecret: true))
        }
        return files
    }

    private static func secretNames(for role: Role, in directory: KeyDirectory) -> [String] {
        func pairs(_ keys: [RoleKey]) -> [String] {
            keys.map(\.file) + keys.map(\.previousFile).filter(directory.exists)
        }
        func epochs(_ name: (UInt32) -> String) -> [String] {
            (1...UInt32(SealingLimits.pseudonymEpochs)).map(name).filter(directory.exists)
        }
        return switch role {
        case .reception: epochs(pseudonymName)
        case .analysis: pairs([.analysis])
        case .filing: pairs([.patient, .results]) + epochs(resultUIDName)
        case .supervisor: ["journal.key"]
        }
    }
}

extension RoleSecrets {
    /// What a role was handed. Throws `keyFileMissing` if a file of this role is not among them.
    public init(role: Role, handed files: [OpenKeyFile]) throws(SealingError) {
        self = try KeyRing.load(from: HandedKeys(files: files), roles: [role]).secrets(for: role)
    }
}
