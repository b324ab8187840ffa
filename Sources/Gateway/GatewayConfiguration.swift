import Configuration
import DICOMCore
import Deidentification
import Foundation
import Inference
import Radiography
import Reporting
import PixelCleaning
import SystemPackage

/// Everything that a site may set. Values come from the environment (`CXR_DICOM_PORT`), then the file, then here.
///
/// The effective configuration is handed to each role by the supervisor; only the supervisor and the command line read
/// files.
public struct GatewayConfiguration: Sendable, Codable, Hashable {
    /// When the heat map of an image is drawn and sent.
    public enum HeatmapPolicy: String, Sendable, Codable, CaseIterable { case positive, always, never }

    /// Our AE title.
    public var aeTitle = "CXRGATE"
    /// TCP port of the Storage SCP; 0 takes a free one.
    public var port: UInt16 = 11112
    /// Address to listen on.
    public var bindAddress = "0.0.0.0"
    /// Where everything is kept.
    public var dataDirectory = GatewayConfiguration.defaultDataDirectory()
    /// A study's report is made when no image has arrived for this long, in seconds; 0…120.
    public var quietSeconds = 10.0
    /// … and at the latest this long after its first image, in seconds; 0…3600.
    public var quietCapSeconds = 120.0
    public var heatmap = HeatmapPolicy.positive
    /// The heat map over the radiograph, or beside it.
    public var heatmapLayout = HeatMapRenderer.Layout.overlay
    /// Objects beside report and heat map.
    public var optionalObjects: Set<OptionalObject> = []
    /// Who decided, and when, that images without a finding get no "AI not performed" report; `nil`: they get one.
    public var notPerformedOptOut: String?
    public var population = EligibilityRule.PopulationPolicy.mark
    /// What is taken out of every header.
    public var deidentification = ProfileSettings()
    /// What is done about text in pixels, and about bytes beside them.
    public var pixels = PixelRules()
    /// The site's table of masks, as text: it has to fit the pipe through which roles get their configuration.
    public var masks = ""
    /// Room that must be left on the disk for an association to be accepted, in MiB.
    public var diskReserveMiB = 512
    public var journal = JournalSettings()
    public var audit = AuditSettings()

    /// Limits of associations, the secured port, and delivery.
    var network = NetworkSettings()
    /// Who may do what at the administration socket.
    public var access = AdministrationAccess()
    /// Where that socket lies; `nil` for `admin.sock` in the data directory, which only the owner reaches.
    public var administrationSocket: String?
    public var retention = Retention()
    /// Users of their own for the roles; `nil` to run them as the user of the supervisor.
    public var roleUsers: RoleUsers?

    public init() {}

    /// Reads `file` (YAML; the default location if `nil`, where it may be absent) under the environment.
    ///
    /// Throws ``ConfigurationError`` with every problem at once.
    public static func load(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) async throws(ConfigurationError) -> GatewayConfiguration {
        let path = file ?? environment["CXR_CONFIG"] ?? defaultFile
        var providers: [any ConfigProvider] = [
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "cxr")
        ]
        if file != nil || FileManager.default.fileExists(atPath: path) {
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)))
            } catch {
                throw ConfigurationError(problems: ["the file cannot be read as YAML: \(path)"])
            }
        }
        let reader = ConfigReader(providers: providers)
        var configuration = try GatewayConfiguration(reading: reader)
        if let name = reader.string(forKey: "deidentification.profile") {
            let shiftDays = configuration.deidentification.shiftDays
            configuration.deidentification = try await ProfileSettings.read(name, beside: path)
            configuration.deidentification.shiftDays = shiftDays
        }
        return configuration
    }

    public static let defaultFile = "/etc/cxrgate/gateway.yaml"

    /// `/var/lib/cxrgate` for a service; below the home directory for anyone who may not write there.
    static func defaultDataDirectory() -> String {
        let system = "/var/lib/cxrgate"
        let isUsable =
            FileManager.default.isWritableFile(atPath: system)
            || (!FileManager.default.fileExists(atPath: system) && geteuid() == 0)
        return isUsable ? system : NSHomeDirectory() + "/.local/share/cxrgate"
    }
}

/// A configuration that cannot be used; lists everything that is wrong with it.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    public let problems: [String]
    public var description: String {
        "CFG-001: the configuration cannot be used:\n" + problems.map { "  - \($0)" }.joined(separator: "\n")
    }
}

extension GatewayConfiguration {
    /// Takes the keys it knows from `reader`, each within its range.
    init(reading reader: ConfigReader) throws(ConfigurationError) {
        self.init()
        var problems: [String] = []

        func number(_ key: ConfigKey, _ range: ClosedRange<Double>, _ fallback: Double, _ unit: String) -> Double {
            guard let text = reader.string(forKey: key) ?? reader.double(forKey: key).map({ "\($0)" }) else {
                return fallback
            }
            guard let value = Double(text), range.contains(value) else {
                problems.append(
                    "\(key): '\(text)' is not within \(Int(range.lowerBound))…\(Int(range.upperBound)) \(unit)")
                return fallback
            }
            return value
        }
        func choice<Choice: RawRepresentable & CaseIterable>(_ key: ConfigKey, _ fallback: Choice) -> Choice
        where Choice.RawValue == String {
            guard let text = reader.string(forKey: key) else { return fallback }
            if let value = Choice(rawValue: text) { return value }
            let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            problems.append("\(key): '\(text)' is not one of \(allowed)")
            return fallback
        }

        if let title = reader.string(forKey: "dicom.ae_title") {
            if let valid = AETitle(title) {
                aeTitle = valid.value
            } else {
                problems.append("dicom.ae_title: 1 to 16 printable ASCII characters without backslash")
            }
        }
        port = UInt16(number("dicom.port", 0...65535, Double(port), "(a TCP port)"))
        bindAddress = reader.string(forKey: "dicom.bind") ?? bindAddress
        dataDirectory = reader.string(forKey: "data_dir") ?? dataDirectory
        quietSeconds = number("study.quiet_seconds", 0...120, quietSeconds, "seconds")
        quietCapSeconds = number("study.cap_seconds", 0...3600, quietCapSeconds, "seconds")
        heatmap = choice("results.heatmap", heatmap)
        heatmapLayout = choice("results.layout", heatmapLayout)
        for name in (reader.string(forKey: "results.objects") ?? "").split(whereSeparator: { ", ".contains($0) }) {
            if let object = OptionalObject(rawValue: String(name)) {
                optionalObjects.insert(object)
            } else {
                let allowed = OptionalObject.allCases.map(\.rawValue).joined(separator: ", ")
                problems.append("results.objects: '\(name)' is not one of \(allowed)")
            }
        }
        if let words = reader.string(forKey: "results.not_performed_opt_out"), !words.isEmpty {
            if Self.namesPersonAndDay(words) {
                notPerformedOptOut = words
            } else {
                problems.append("results.not_performed_opt_out: who decided it, and on which day: 'NAME, YYYY-MM-DD'")
            }
        }
        population = choice("eligibility.population", population)
        deidentification.shiftDays = Int(
            number(
                "deidentification.date_shift_days", 1...Double(DateShift.longestDays),
                Double(deidentification.shiftDays), "days"))
        pixels.text = choice("deidentification.pixels.text", pixels.text)
        pixels.annotation = choice("deidentification.pixels.burned_in_annotation", pixels.annotation)
        pixels.residue = choice("deidentification.pixels.residue", pixels.residue)
        readMasks(reader, &problems)
        diskReserveMiB = Int(number("disk.reserve_mib", 0...10_000_000, Double(diskReserveMiB), "MiB"))
        journal.onFailure = choice("journal.on_failure", journal.onFailure)
        journal.spoolEntries = Int(number("journal.spool_entries", 1...10_000_000, 100_000, "entries"))
        journal.segmentMiB = Int(number("journal.segment_mib", 1...1024, 64, "MiB"))
        journal.keepYears = Int(number("journal.keep_years", 6...100, 6, "years"))
        journal.anchorSeconds = Int(number("journal.anchor_seconds", 1...86_400, 60, "seconds"))
        journal.readAnchors(reader.stringArray(forKey: "journal.anchors") ?? [], &problems)
        audit.transport = choice("audit.transport", audit.transport)
        audit.port = UInt16(number("audit.port", 1...65535, Double(audit.port), "(a TCP port)"))
        audit.host = reader.string(forKey: "audit.host")
        audit.authorities = reader.string(forKey: "audit.ca_file")
        audit.certificate = reader.string(forKey: "audit.certificate_file")
        audit.key = reader.string(forKey: "audit.key_file")
        audit.hasByteOrderMark = reader.string(forKey: "audit.byte_order_mark") != "false"
        if journal.anchors.contains(.syslog), audit.host == nil {
            problems.append("journal.anchors: syslog wants a collector; set audit.host")
        }
        network = NetworkSettings(reading: reader, problems: &problems)
        (access, administrationSocket, retention) = Self.keeping(reader, problems: &problems)
        roleUsers = Self.users(reader, problems: &problems)
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
    }

    /// `NAME, YYYY-MM-DD`: a decision that someone answers for.
    private static func namesPersonAndDay(_ words: String) -> Bool {
        words.wholeMatch(of: /\s*\S[^,]*,\s*\d{4}-\d{2}-\d{2}\s*/) != nil
    }
}
