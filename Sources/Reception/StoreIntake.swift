import DICOMCore
import DICOMStream
import DICOMToolkit
import Foundation

/// One C-STORE: scans the bytes as they come, admits the instance when its header is complete, hands the pixels on,
/// and answers after the commit. Trouble is remembered, never thrown at the network: the stream is drained, then
/// refused.
final class StoreIntake: StoreReceiver {
    private let request: StoreRequest
    private let sender: String
    private let sink: any InstanceSink
    private let hasRoom: @Sendable () -> Bool
    private var scanner: InstanceScanner
    private var intake: (any InstanceIntake)?
    private var trouble: IntakeRefusal?
    private var byteCount = 0

    init(request: StoreRequest, sink: any InstanceSink, hasRoom: @escaping @Sendable () -> Bool) {
        self.request = request
        self.sink = sink
        self.hasRoom = hasRoom
        sender = AETitle(request.association.callingAETitle)?.value ?? "?"
        scanner = InstanceScanner(transferSyntax: request.transferSyntax)
    }

    func receive(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        guard trouble == nil else { return }
        do {
            try unsafe scanner.consume(
                bytes,
                onHeader: { header, pixels in intake = try admit(header, pixels) },
                onPixels: { run in try unsafe intake?.pixels(run) })
        } catch {
            remember(error)
        }
    }

    func finish() -> StoreAnswer {
        if trouble == nil {
            do {
                let trailer = try scanner.finish()
                guard let intake else { throw Self.withoutPixels }
                try intake.commit(trailer: PHI(trailer), byteCount: byteCount)
                return StoreAnswer(.success)
            } catch {
                remember(error)
            }
        }
        guard let trouble else { return StoreAnswer(.success) }
        sink.refused(
            sender: sender, address: request.association.peerAddress, code: trouble.code, meaning: trouble.comment,
            detail: nil, isAssociation: false)
        return StoreAnswer(trouble.status, errorComment: trouble.comment)
    }

    func cancel() {
        intake?.abandon()
        intake = nil
    }

    private static let withoutPixels = IntakeRefusal(
        status: .cannotUnderstand, code: "REC-014", comment: "no pixel data")

    /// Holds the command against the data set, and the declared geometry against the declared pixel bytes.
    private func admit(_ header: [UInt8], _ pixels: PixelElement) throws -> any InstanceIntake {
        let dataSet = try DataSetParser.parse(header, transferSyntax: request.transferSyntax)
        guard let sopClass = dataSet.uid(.sopClassUID), let sopInstance = dataSet.uid(.sopInstanceUID),
            dataSet.uid(.studyInstanceUID) != nil, dataSet.uid(.seriesInstanceUID) != nil
        else {
            throw IntakeRefusal(
                status: .cannotUnderstand, code: "REC-010", comment: "a UID of the data set is missing or malformed")
        }
        guard sopClass == UID(request.sopClassUID), sopInstance == UID(request.sopInstanceUID) else {
            throw IntakeRefusal(
                status: .dataSetDoesNotMatchSOPClass, code: "REC-011", comment: "command and data set disagree")
        }
        guard ReceptionService.storageClasses.contains(sopClass) else {
            throw IntakeRefusal(
                status: .sopClassNotSupported, code: "REC-012", comment: "SOP class not supported")
        }
        guard hasRoom() else {
            throw IntakeRefusal(
                status: .outOfResources, code: "REC-005", comment: "too little room is left on the disk")
        }
        guard let geometry = PixelGeometry(dataSet), let expected = geometry.byteCount else {
            throw IntakeRefusal(
                status: .cannotUnderstand, code: "REC-013", comment: "image pixel attributes missing or impossible")
        }
        if let declared = pixels.declaredLength {
            guard !request.transferSyntax.isEncapsulated, Int(declared) == expected + expected % 2 else {
                throw IntakeRefusal(
                    status: .cannotUnderstand, code: "REC-015",
                    comment: "pixel data length does not fit rows, columns and bits")
            }
        } else if !request.transferSyntax.isEncapsulated {
            throw IntakeRefusal(
                status: .cannotUnderstand, code: "REC-016",
                comment: "encapsulated pixel data in a native transfer syntax")
        }
        guard let sender = AETitle(request.association.callingAETitle) else {
            throw IntakeRefusal(status: .notAuthorized, code: "REC-002", comment: "calling AE title malformed")
        }
        return try sink.begin(
            ArrivingInstance(
                sender: sender, sopClassUID: sopClass, sopInstanceUID: sopInstance,
                transferSyntax: request.transferSyntax, header: PHI(dataSet), headerBytes: PHI(header),
                geometry: geometry, nativeByteCount: pixels.declaredLength.map { Int($0) }))
    }

    private func remember(_ error: any Error) {
        intake?.abandon()
        intake = nil
        trouble =
            switch error {
            case let refusal as IntakeRefusal: refusal
            case let error as StreamError:
                IntakeRefusal(
                    status: .cannotUnderstand, code: error.code.rawValue,
                    comment: "malformed data set (\(error.code.rawValue))")
            default:
                IntakeRefusal(status: .outOfResources, code: "REC-020", comment: "could not be stored; try again")
            }
    }
}
