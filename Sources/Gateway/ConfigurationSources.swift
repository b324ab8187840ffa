import Foundation

/// The places that say what the configuration is: the file, above it the environment, above that the command line.
/// What was applied in a running gateway stands in the place of the file, until the file is changed.
public struct ConfigurationSources: Sendable {
    /// The configuration file, whether it is there or not.
    public let path: String
    let file: ConfigurationLayer
    private let above: [ConfigurationLayer]
    private let credentials: String?

    /// - Parameter file: the default location if `nil`, where it may be absent.
    public init(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment, dataDirectory: String? = nil
    ) {
        let keys = ConfigurationCatalogue.keys
        path = file ?? environment["CXR_CONFIG"] ?? GatewayConfiguration.defaultFile
        let isThere = file != nil || FileManager.default.fileExists(atPath: path)
        self.file = isThere ? ConfigurationLayer(file: path, keys: keys) : ConfigurationLayer()
        credentials = environment["CREDENTIALS_DIRECTORY"]
        var said = ConfigurationLayer()
        if let dataDirectory, let key = ConfigurationCatalogue.key(named: "data_dir") {
            let entry = ConfigurationEntry(dataDirectory, from: .commandLine("--data-dir"))
            said.add(entry, for: key, called: key.name)
        }
        above = [ConfigurationLayer(environment: environment, keys: keys), said]
    }

    /// What the file says, or `base` in its place.
    public func reading(over base: ConfigurationLayer? = nil) -> ConfigurationReading {
        ConfigurationReading(
            [base ?? file] + above, folder: URL(fileURLWithPath: path).deletingLastPathComponent().path,
            credentials: credentials)
    }

    /// Every key as it is in one of two readings: nothing is read over anything else.
    func reading(of entries: [String: ConfigurationEntry]) -> ConfigurationReading {
        var layer = ConfigurationLayer()
        layer.entries = entries
        return ConfigurationReading(
            [layer], folder: URL(fileURLWithPath: path).deletingLastPathComponent().path, credentials: credentials)
    }
}
