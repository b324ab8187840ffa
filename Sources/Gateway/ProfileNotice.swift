import Durability
import Journal

/// Says in the journal which de-identification profile is in force, whenever it is another one than before, and loudly
/// if it is weaker than Basic.
enum ProfileNotice {
    /// The entry that is owed; `nil` if the profile is the one of the last start.
    static func event(_ settings: ProfileSettings, store: Store, at now: Int64) throws -> JournalEvent? {
        let known = try store.read { transaction in
            try transaction.row("SELECT value FROM fact WHERE name = 'deidentification profile'")?.text("value")
        }
        if known == settings.fingerprint || known == nil && settings.name == ProfileSettings().name { return nil }
        let profile = try settings.profile()
        var details = [
            "what": "de-identification profile", "profile": settings.name, "options": profile.name,
            "rules": "\(profile.rules.count)", "weaker_than_basic": profile.isWeaker ? "YES" : "no",
        ]
        for (index, weakness) in profile.weaknesses.prefix(20).enumerated() {
            details["weaker_\(index + 1)"] = weakness
        }
        return JournalEvent(
            kind: .configurationChange, at: now, actor: "supervisor", subject: nil, study: nil, outcome: "ok",
            details: details)
    }

    static func remember(_ settings: ProfileSettings, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO fact VALUES ('deidentification profile', ?)", .text(settings.fingerprint))
    }
}
