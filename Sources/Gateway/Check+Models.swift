import Durability
import Foundation
import Inference
import ModelCard
import Registry
import Sealing

extension Check {
    /// Every registered version that is not retired: passport, hashes, and, for the one in production, known answers.
    static func models(_ directory: DataDirectory, _ note: (String, Bool, String) -> Void) {
        do {
            let package = try ModelPackage.builtIn()
            _ = try Classifier(package)
            note("built-in model", true, "\(package.card.title), sha256 \(package.card.sha256.prefix(16))…")
        } catch {
            note("built-in model", false, "\(error)")
        }
        guard FileManager.default.fileExists(atPath: directory.database) else { return }
        do {
            let entries = try Store(path: directory.database).read { try ModelBook.all(in: $0) }
                .filter { $0.state != .retired }
            guard !entries.isEmpty else { return note("models", true, "the first start registers the built-in one") }
            guard let key = try KeyRing.modelsVerifyingKey(in: directory.keys) else {
                return note("models", false, "the key that verifies them, models.pub, is not there; restore it")
            }
            let shelf = ModelShelf(folder: directory.models, disk: RealDisk())
            if !entries.contains(where: { $0.state == .production }) {
                note("models", false, RegistryError.noProduction.description)
            }
            for entry in entries {
                do {
                    let (signed, package) = try shelf.load(passport: entry.passport, key: key)
                    if entry.state == .production,
                        try !Classifier(package).passes(signed.passport.knownAnswer)
                    {
                        throw RegistryError.otherAnswers
                    }
                    note("model \(entry.title)", true, "\(entry.state.rawValue), passport signed and unchanged")
                } catch {
                    note("model \(entry.title)", false, "\(error)")
                }
            }
        } catch {
            note("models", false, "\(error)")
        }
    }
}
