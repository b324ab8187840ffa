import DICOMCore
import DICOMToolkit
import Foundation
import Glibc
import Testing

@Suite struct StorageRequestorTests {
    @Test func aRealStorescpAnswersAnEcho() throws {
        let server = try Tool.StoreSCP()
        defer { server.stop() }
        try StorageRequestor.echo(peer(server.port))
    }

    @Test func aRealStorescpKeepsOurBytesUntouched() throws {
        let server = try Tool.StoreSCP(["+B"])  // as received
        defer { server.stop() }
        let objects = [Specimen.object(1, rows: 700, columns: 500), Specimen.object(2), Specimen.object(3)]
        let outcomes = try StorageRequestor.send(objects, to: peer(server.port))
        #expect(outcomes == objects.map { _ in .answered(.success, errorComment: "") })
        let files = try server.files()
        #expect(files.count == 3)
        for object in objects { #expect(files.contains { $0.suffix(object.bytes.count) == object.bytes[...] }) }
    }

    @Test func bytesInAnyTransferSyntaxTravelAsTheyAre() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        // Nothing of this is a data set: nobody on the way may care.
        let objects = TransferSyntax.receivable.enumerated().map { index, syntax in
            OutgoingObject(
                sopClassUID: index % 2 == 0 ? SOPClass.computedRadiography : SOPClass.secondaryCapture,
                sopInstanceUID: UID("1.2.3.\(index)") ?? "1.2", transferSyntax: syntax,
                bytes: [UInt8](repeating: UInt8(index), count: 2 + 40_000 * index))
        }
        let outcomes = try StorageRequestor.send(objects, to: peer(listener.port))
        #expect(outcomes == objects.map { _ in .answered(.success, errorComment: "") })
        let stores = recorder.now.stores
        #expect(stores.map(\.bytes) == objects.map(\.bytes))
        #expect(stores.map(\.request.transferSyntax) == objects.map(\.transferSyntax))
        #expect(recorder.now.admitted.count == 1)
    }

    @Test func refusedContextsAreReportedForTheirObjectsOnly() throws {
        let recorder = Recorder(verdict: { _ in
            .accept([
                AcceptedContext(
                    abstractSyntax: SOPClass.computedRadiography, transferSyntaxes: [.explicitVRLittleEndian])
            ])
        })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let sound = Specimen.object()
        let otherSyntax = OutgoingObject(
            sopClassUID: sound.sopClassUID, sopInstanceUID: "1.2.4", transferSyntax: .jpegLosslessSV1, bytes: [0, 0])
        let otherClass = OutgoingObject(
            sopClassUID: SOPClass.comprehensive3DSR, sopInstanceUID: "1.2.5", transferSyntax: .explicitVRLittleEndian,
            bytes: [0, 0])
        let outcomes = try StorageRequestor.send([otherSyntax, otherClass, sound], to: peer(listener.port))
        #expect(
            outcomes == [
                .notAccepted(.transferSyntaxesNotSupported), .notAccepted(.abstractSyntaxNotSupported),
                .answered(.success, errorComment: ""),
            ])
    }

    @Test func warningsAndFailuresComeBackPerObject() throws {
        let recorder = Recorder(answer: { request in
            switch request.messageID {
            case 1: StoreAnswer(Status(0xB007), errorComment: "elements discarded")
            case 2: StoreAnswer(.cannotUnderstand, errorComment: "not readable")
            default: StoreAnswer(.success)
            }
        })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let outcomes = try StorageRequestor.send((1...3).map { Specimen.object($0) }, to: peer(listener.port))
        #expect(
            outcomes == [
                .answered(Status(0xB007), errorComment: "elements discarded"),
                .answered(.cannotUnderstand, errorComment: "not readable"), .answered(.success, errorComment: ""),
            ])
    }

    @Test func oddOrEmptyDataSetsAreNotSentAndHarmNoOther() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let objects = [[UInt8](), [1, 2, 3], [1, 2, 3, 4]].map {
            OutgoingObject(
                sopClassUID: SOPClass.computedRadiography, sopInstanceUID: "1.2.3",
                transferSyntax: .explicitVRLittleEndian, bytes: $0)
        }
        let outcomes = try StorageRequestor.send(objects, to: peer(listener.port))
        #expect(
            outcomes == [
                .notSent(.invalidArgument), .notSent(.invalidArgument), .answered(.success, errorComment: ""),
            ])
    }

    @Test func aPeerThatRefusesEverythingIsARejection() throws {
        let server = try Tool.StoreSCP(["--refuse"])
        defer { server.stop() }
        #expect {
            try StorageRequestor.send([Specimen.object()], to: peer(server.port))
        } throws: {
            guard case .rejected = $0 as? ToolkitError else { return false }
            return true
        }
    }

    @Test func aPeerThatAbortsLeavesTheRestUnsent() throws {
        let server = try Tool.StoreSCP(["--abort-after"])
        defer { server.stop() }
        let outcomes = try StorageRequestor.send([Specimen.object(1), Specimen.object(2)], to: peer(server.port))
        #expect(outcomes == [.notSent(.aborted), .notSent(.aborted)])
    }

    @Test func nobodyListeningIsNoConnection() throws {
        let port = try Tool.freePort()
        #expect(throws: ToolkitError.cannotConnect) { try StorageRequestor.echo(peer(port)) }
        #expect(throws: ToolkitError.cannotConnect) { try StorageRequestor.send([Specimen.object()], to: peer(port)) }
    }

    @Test func hostsThatCannotBeAreRefused() throws {
        for host in ["", "a b", String(repeating: "h", count: 200), "no-such-host.invalid"] {
            var target = try peer(104)
            target.host = host
            #expect(throws: ToolkitError.self) { try StorageRequestor.echo(target) }
        }
    }

    @Test func aSilentPeerIsATimeout() throws {
        let silent = try SilentServer()
        var target = try peer(silent.port)
        target.acseTimeoutSeconds = 1
        #expect(throws: ToolkitError.timedOut) { try StorageRequestor.echo(target) }
    }

    @Test func aPeerThatNeverAnswersAStoreIsATimeout() throws {
        // The receiver waits for the requestor to give up, so the answer comes too late by construction.
        let recorder = Recorder()
        let slow = Recorder(answer: { _ in
            _ = recorder.wait { !$0.ends.isEmpty }
            return StoreAnswer(.success)
        })
        let listener = try listen(slow)
        var target = try peer(listener.port)
        target.dimseTimeoutSeconds = 0.3
        let outcomes = try StorageRequestor.send([Specimen.object()], to: target)
        #expect(outcomes == [.notSent(.timedOut)])
        recorder.change { $0.ends.append(.released) }
        listener.stop(graceSeconds: 60)
    }

    @Test func aPeerWithTinyPDUsGetsEverything() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.maxPDUByteCount = 1 }
        defer { listener.stop(graceSeconds: 0) }
        let object = Specimen.object(rows: 200, columns: 300)
        let outcomes = try StorageRequestor.send([object], to: peer(listener.port))
        #expect(outcomes == [.answered(.success, errorComment: "")])
        #expect(recorder.now.stores.first?.bytes == object.bytes)
    }

    @Test func moreThan128ContextsAreNotProposed() throws {
        let recorder = Recorder(verdict: { _ in .accept([]) })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let objects = (0..<130).map {
            OutgoingObject(
                sopClassUID: UID("1.2.3.\($0)") ?? "1.2", sopInstanceUID: "1.2.3",
                transferSyntax: .explicitVRLittleEndian, bytes: [0, 0])
        }
        let outcomes = try StorageRequestor.send(objects, to: peer(listener.port))
        #expect(outcomes.prefix(128).allSatisfy { $0 == .notAccepted(.abstractSyntaxNotSupported) })
        #expect(outcomes.suffix(2).allSatisfy { $0 == .notSent(.invalidArgument) })
    }

    @Test func nothingToSendOpensNothing() throws {
        #expect(try StorageRequestor.send([], to: peer(1)).isEmpty)
    }

    @Test func aHundredSmallObjectsDoNotPayNaglesDelayEach() throws {
        let listener = try listen(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        let objects = (0..<100).map { Specimen.object($0) }
        let target = try peer(listener.port)
        let clock = ContinuousClock()
        var outcomes: [SendOutcome] = []
        let elapsed = try clock.measure { outcomes = try StorageRequestor.send(objects, to: target) }
        #expect(outcomes.allSatisfy { $0 == .answered(.success, errorComment: "") })
        print("measured: 100 C-STOREs of \(objects[0].bytes.count) bytes over one association in \(elapsed)")
    }
}

/// Accepts connections in the kernel's queue, and says nothing.
final class SilentServer {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let own = descriptor
        let failure = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(own, $0, length) == 0 && Glibc.listen(own, 5) == 0 ? getsockname(own, $0, &length) : -1
            }
        }
        guard failure == 0 else { throw TestFailure("cannot listen") }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }
}
