import DICOMStream
import DICOMToolkit
import Deidentification
import Durability
import Inference
import Journal
import ModelCard
import Passage
import Radiography
import Registry
import Reporting
import Sealing
import SecureChannel
import Watching
import WorkQueue

// Errors of the house that answer for their words: a stable code, and nothing of a data set (DESIGN §10, rule 5). Any
// other error is told by its type alone.

extension GatewayError: Loggable {}
extension ConfigurationError: Loggable {}
extension ChannelError: Loggable {}
extension DeidentificationError: Loggable {}
extension DiskError: Loggable {}
extension DurabilityError: Loggable {}
extension ImagePayloadDamage: Loggable {}
extension InferenceError: Loggable {}
extension JournalAnchors.Contradiction: Loggable {}
extension JournalError: Loggable {}
extension Ledger.IllegalTransition: Loggable {}
extension ModelCardError: Loggable {}
extension RadiographyError: Loggable {}
extension RegistryError: Loggable {}
extension ReportingError: Loggable {}
extension SealingError: Loggable {}
extension StreamError: Loggable {}

extension ToolkitError: Loggable {
    public var logText: String { OwnWords(withoutPatientData: "\(code): \(message)").logText }
}

extension JobFailure: Loggable {
    public var logText: String { OwnWords(withoutPatientData: reason).logText }
}

extension JobKind: Loggable {
    public var logText: String { rawValue }
}

extension Role: Loggable {
    public var logText: String { rawValue }
}
