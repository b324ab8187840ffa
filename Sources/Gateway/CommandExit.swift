import DICOMStream
import DICOMToolkit
import Deidentification
import Durability
import Foundation
import Journal
import ModelCard
import Passage
import Radiography
import Registry
import Sealing

/// How a command ends.
public enum CommandExit: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 64
    case badData = 65
    case peerUnavailable = 69
    case ourBug = 70
    case inputOutput = 74
    case refused = 77
    case configuration = 78

    /// The one place where an error becomes an exit code.
    public static func code(for error: any Error) -> CommandExit {
        switch error {
        case is ConfigurationError: .configuration
        case let error as GatewayError:
            switch error {
            case .badRequest: .usage
            case .notFound: .badData
            case .system, .journal: .inputOutput
            case .alreadyRunning, .notRunning, .inUse, .refused: .refused
            case .keys: .configuration
            case .rolesDoNotStart: .failed
            }
        case let error as BackupError: error.exit
        case let error as RemoteError: CommandExit(rawValue: error.exitCode) ?? .failed
        case let error as DurabilityError: error == .locked ? .refused : .inputOutput
        case is JournalError: .failed
        case let error as ToolkitError: error.isAboutData ? .badData : .peerUnavailable
        case is ModelCardError, is StreamError, is RadiographyError, is DeidentificationError, is ImagePayloadDamage:
            .badData
        case let error as RegistryError: error.isAboutData ? .badData : .refused
        case is PassportError: .refused
        case is DiskError: .inputOutput
        case is SealingError: .refused
        default: .failed
        }
    }
}
