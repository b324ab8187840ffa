import Deidentification
import Foundation
import StandardTables
import Yams

/// A de-identification profile as the configuration names it: options of PS3.15 Annex E, and rules of the site.
///
/// It travels to the roles as text, with the rest of the configuration; `profile()` makes the profile of it.
public struct ProfileSettings: Sendable, Codable, Hashable {
    /// `basic`, or the name of a file.
    public var name = "basic"
    /// Names of options, e.g. `modified-dates`.
    public var options: [String] = []
    /// `SELECTOR ACTION`, e.g. `ProtocolName clean`.
    public var rules: [String] = []
    /// Dates move by 1 to this many days.
    public var shiftDays = 365

    public init() {}

    /// How options are called in files; the standard's names, short.
    public static let optionNames: [(name: String, option: ConfidentialityOption)] = [
        ("safe-private", .retainSafePrivate), ("uids", .retainUIDs), ("device-identity", .retainDeviceIdentity),
        ("institution-identity", .retainInstitutionIdentity),
        ("patient-characteristics", .retainPatientCharacteristics), ("full-dates", .retainLongitudinalFullDates),
        ("modified-dates", .retainLongitudinalModifiedDates), ("clean-descriptors", .cleanDescriptors),
        ("clean-structured-content", .cleanStructuredContent), ("clean-graphics", .cleanGraphics),
    ]

    /// Throws ``ConfigurationError`` with every problem at once; rules are shown by number, not by content.
    public func profile() throws(ConfigurationError) -> DeidentificationProfile {
        var problems: [String] = []
        let chosen = options.compactMap { name -> ConfidentialityOption? in
            if let known = Self.optionNames.first(where: { $0.name == name }) { return known.option }
            let allowed = Self.optionNames.map(\.name).joined(separator: ", ")
            problems.append("profile \(self.name): '\(name)' is no option; there are \(allowed)")
            return nil
        }
        var made: [SiteRule] = []
        for (index, text) in rules.enumerated() {
            do throws(DeidentificationError) {
                made.append(try SiteRule(text))
            } catch {
                problems.append("profile \(name), rule \(index + 1): \(error)")
            }
        }
        if problems.isEmpty {
            do throws(DeidentificationError) {
                return try DeidentificationProfile(options: Set(chosen), rules: made)
            } catch {
                problems.append("profile \(name): \(error)")
            }
        }
        throw ConfigurationError(problems: problems)
    }

    /// One line that changes whenever the profile does; for the journal.
    var fingerprint: String {
        ([name, "\(shiftDays)"] + options.sorted() + rules).joined(separator: "\n")
    }

    /// Reads the profile called `name`: `basic` is built in, every other is a file `profiles/NAME.yaml` below `folder`,
    /// or a path.
    static func read(_ name: String, beside folder: String) throws(ConfigurationError) -> ProfileSettings {
        var settings = ProfileSettings()
        if name == settings.name { return settings }
        let path = name.contains("/") ? name : folder + "/profiles/\(name).yaml"
        settings.name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        guard settings.name != "basic" else {
            throw ConfigurationError(problems: ["deidentification.profile: a file may not be called basic"])
        }
        struct File: Decodable {
            var options: [String]?
            var rules: [String]?
        }
        do {
            let file = try YAMLDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            settings.options = file.options ?? []
            settings.rules = file.rules ?? []
        } catch {
            throw ConfigurationError(problems: ["deidentification.profile: the file cannot be read as YAML: \(path)"])
        }
        _ = try settings.profile()
        return settings
    }
}
