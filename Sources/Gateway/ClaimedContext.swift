import DICOMCore
import DICOMToolkit
import Delivery
import Reception
import Reporting

/// One line of a presentation context table: what is accepted or proposed, by the code's own lists.
public struct ClaimedContext: Sendable, Hashable {
    let abstractSyntax: UID
    let transferSyntaxes: [TransferSyntax]
    /// `SCU` or `SCP`: what we are.
    let role: String
    /// For whom, in the words of the configuration.
    let condition: String

    /// What a peer that opens an association gets.
    static let accepted: [ClaimedContext] =
        [
            ClaimedContext(
                abstractSyntax: SOPClass.verification, transferSyntaxes: plain, role: "SCP",
                condition: "every registered peer")
        ]
        + ReceptionService.storageClasses.map {
            ClaimedContext(
                abstractSyntax: $0, transferSyntaxes: TransferSyntax.receivable, role: "SCP", condition: "role source")
        } + [
            ClaimedContext(
                abstractSyntax: SOPClass.storageCommitmentPushModel, transferSyntaxes: plain, role: "SCU",
                condition: "destination with `--commitment on`: reports that it sends"),
            ClaimedContext(
                abstractSyntax: SOPClass.storageCommitmentPushModel, transferSyntaxes: plain, role: "SCP",
                condition: "source with `--commitment-service on`: requests that it makes"),
        ]

    /// What we propose to a destination.
    static func proposed(_ configuration: GatewayConfiguration) -> [ClaimedContext] {
        func storage(_ uid: UID, _ condition: String) -> ClaimedContext {
            ClaimedContext(
                abstractSyntax: uid, transferSyntaxes: [.explicitVRLittleEndian], role: "SCU", condition: condition)
        }
        var contexts = DeliverySession.reportClasses.map { storage($0, "reports") }
        if configuration.heatmap != .never { contexts.append(storage(SOPClass.secondaryCapture, "heat maps")) }
        if configuration.optionalObjects.contains(.presentationState) {
            contexts.append(storage(SOPClass.grayscalePresentationState, "`results.objects`"))
        }
        // Rejection notes are Key Object Selections, whatever `results.objects` says.
        contexts.append(storage(SOPClass.keyObjectSelection, "results that are taken back; `results.objects`"))
        return contexts + [
            ClaimedContext(
                abstractSyntax: SOPClass.studyRootQueryFind, transferSyntaxes: plain, role: "SCU",
                condition: "destination with `--query on` (the default)"),
            ClaimedContext(
                abstractSyntax: SOPClass.storageCommitmentPushModel, transferSyntaxes: plain, role: "SCU",
                condition: "destination with `--commitment on`"),
            ClaimedContext(
                abstractSyntax: SOPClass.verification, transferSyntaxes: plain, role: "SCU",
                condition: "`cxrgate ae echo` and `check`"),
        ]
    }

    private static let plain: [TransferSyntax] = ProposedContext.plain

    /// For a test that negotiates what is claimed.
    static func summary(_ configuration: GatewayConfiguration) -> JSONValue {
        func list(_ contexts: [ClaimedContext]) -> JSONValue {
            .array(
                contexts.map { context in
                    .object([
                        "abstractSyntax": .string(context.abstractSyntax.value), "role": .string(context.role),
                        "transferSyntaxes": .array(context.transferSyntaxes.map { .string($0.uid.value) }),
                        "condition": .string(context.condition),
                    ])
                })
        }
        return .object(["accepted": list(accepted), "proposed": list(proposed(configuration))])
    }

    /// A table for the statement.
    static func rows(_ contexts: [ClaimedContext]) -> [[String]] {
        contexts.flatMap { context in
            context.transferSyntaxes.enumerated().map { number, syntax in
                let first = number == 0
                return [
                    first ? DICOMNames.name(context.abstractSyntax) : "", first ? context.abstractSyntax.value : "",
                    DICOMNames.name(syntax), syntax.uid.value, first ? context.role : "",
                    first ? context.condition : "",
                ]
            }
        }
    }

    static let columns = ["SOP class", "UID", "transfer syntax", "UID", "we are", "for"]
}
