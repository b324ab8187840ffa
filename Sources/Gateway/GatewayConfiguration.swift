import Foundation
import Inference
import Performance
import Radiography
import PixelCleaning
import Registry
import Reporting
import Watching

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
    /// What happens to images that look inverted, turned, or like nothing that the model was made for.
    public var imagePolicy = EligibilityRule.ImagePolicy.refuse
    /// The profile as the configuration names it.
    public var profileName = "basic"
    /// Under the option modified-dates all dates of a patient move by 1 to this many days.
    public var dateShiftDays = 365
    /// What is taken out of every header: the named profile, read.
    public var deidentification = ProfileSettings()
    /// What is done about text in pixels, and about bytes beside them.
    public var pixels = PixelRules()
    /// The file with the site's table of masks; empty for none.
    public var masksFile = ""
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
    /// How changes in the images of a source are watched.
    public var drift = DriftSettings()
    /// How much of the performance log is kept.
    public var performanceLog = PerformanceLogLimits()
    /// Health, metrics, alarms.
    public var watch = WatchSettings()
    /// A synthetic image that walks the real path.
    public var canary = CanarySettings()
    /// Lines of the log for people or for machines.
    public var logFormat = EventLog.Format.auto
    /// From which level on events are logged.
    public var logLevel = LogLevel.info
    /// Users of the operating system for the roles; see ``roleUsers``.
    public var roles = RoleUsers()
    /// What an evaluation must show before a model may be promoted.
    public var modelGates = PromotionGates()

    public init() {}

    /// Reads `file` (YAML; the default location if `nil`, where it may be absent) under the environment.
    ///
    /// Throws ``ConfigurationError`` with every problem at once.
    public static func load(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment, dataDirectory: String? = nil
    ) throws(ConfigurationError) -> GatewayConfiguration {
        try ConfigurationSources(file: file, environment: environment, dataDirectory: dataDirectory).reading().checked()
    }

    /// Brings in what lies in files of its own: the profile of de-identification, and the table of masks.
    mutating func resolveFiles(beside folder: String, _ problems: inout [ConfigurationProblem]) {
        dataDirectory = URL(fileURLWithPath: dataDirectory).standardizedFileURL.path
        do throws(ConfigurationError) {
            deidentification = try ProfileSettings.read(profileName, beside: folder)
        } catch {
            problems += error.problems
        }
        deidentification.shiftDays = dateShiftDays
        guard !masksFile.isEmpty else { return }
        guard let data = FileManager.default.contents(atPath: masksFile) else {
            problems.append(
                ConfigurationProblem(
                    "deidentification.pixels.masks", value: masksFile, "is a file that cannot be read",
                    remedy: "see Config/masks.tsv for its form"))
            return
        }
        masks = String(decoding: data, as: UTF8.self)
        problems += MaskTable.parse(masks).problems.map {
            ConfigurationProblem("deidentification.pixels.masks", "\($0)")
        }
    }

    /// The administration socket.
    public var socketPath: String { administrationSocket ?? dataDirectory + "/admin.sock" }

    /// Users of their own for the roles; `nil` to run them as the user of the supervisor.
    public var roleUsers: RoleUsers? { roles.group.isEmpty ? nil : roles }

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
