import DICOMCore
import DICOMToolkit
import Foundation
import Testing

/// What happens inside an accepted association, said by hand-made PDUs.
@Suite struct MessageTests {
    private static let storage = SOPClass.computedRadiography.value
    private static let storeRequest = PDU.command(field: 1, sopClass: storage, hasDataSet: true)

    @Test(arguments: [true, false])
    func anAssociationThatEndsInADataSetCancelsItsStore(byAbort: Bool) throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        do {
            let raw = try RawPeer(port: listener.port)
            #expect(raw.associate(Self.storage) == 2)
            raw.send(PDU.data(Self.storeRequest, command: true, last: true))
            raw.send(PDU.data([1, 2, 3, 4], command: false, last: false))
            #expect(recorder.wait { $0.stores.first?.bytes == [1, 2, 3, 4] })
            if byAbort { raw.send(PDU.abort) }
        }
        #expect(recorder.wait { !$0.ends.isEmpty })
        #expect(recorder.now.ends == [byAbort ? .abortedByPeer : .connectionLost])
        #expect(recorder.now.stores.first?.cancelled == true)
        #expect(recorder.now.stores.first?.finished == false)
    }

    @Test func anIdleAssociationIsAbortedAtTheIdleTimeout() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.idleTimeoutSeconds = 0.2 }
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        #expect(raw.receivePDU()?.type == 7)
        #expect(recorder.wait { $0.ends == [.idle] })
    }

    @Test func aStalledDataSetIsCancelledAtTheStallTimeoutThoughBytesDrip() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.stallTimeoutSeconds = 0.5 }
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(PDU.data(Self.storeRequest, command: true, last: true))
        for _ in 0..<40 {
            raw.send(PDU.data([1, 2], command: false, last: false))
            usleep(50_000)
        }
        #expect(recorder.wait { $0.ends == [.stalled] })
        #expect(recorder.now.stores.first?.cancelled == true)
    }

    @Test func aPDUThatStopsInItsMiddleIsAStall() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.stallTimeoutSeconds = 0.2 }
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(Array(PDU.data(Self.storeRequest, command: true, last: true).prefix(20)))
        #expect(recorder.wait { $0.ends == [.stalled] })
    }

    @Test func aServiceThatWeDoNotGiveIsAnsweredUnrecognizedOperation() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(
            PDU.data(PDU.command(field: 0x20, sopClass: Self.storage, hasDataSet: true), command: true, last: true))
        raw.send(PDU.data([1, 2, 3, 4], command: false, last: true))
        let answer = try #require(raw.receivePDU())
        #expect(PDU.number(0x0100, in: answer.body) == 0x8020)
        #expect(PDU.number(0x0120, in: answer.body) == 7)
        #expect(PDU.number(0x0900, in: answer.body) == 0x0211)
        // And the association goes on.
        raw.send(
            PDU.data(PDU.command(field: 0x30, sopClass: Self.storage, hasDataSet: false), command: true, last: true))
        #expect(PDU.number(0x0900, in: raw.receivePDU()?.body ?? []) == 0)
    }

    @Test func aSOPClassThatIsNotItsContextsIsRefusedAndNotHandedOut() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(
            PDU.data(
                PDU.command(field: 1, sopClass: SOPClass.secondaryCapture.value, hasDataSet: true), command: true,
                last: true))
        raw.send(PDU.data([1, 2, 3, 4], command: false, last: true))
        #expect(PDU.number(0x0900, in: raw.receivePDU()?.body ?? []) == 0x0122)
        #expect(recorder.now.stores.isEmpty)
    }

    @Test func anInstanceUIDThatDoesNotConformIsHandedOutAndEchoedAsSent() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        let odd = "01.2.3." + String(repeating: "9", count: 80) + " "
        #expect(raw.associate(Self.storage) == 2)
        raw.send(
            PDU.data(
                PDU.command(field: 1, sopClass: Self.storage, sopInstance: odd, hasDataSet: true), command: true,
                last: true))
        raw.send(PDU.data([1, 2, 3, 4], command: false, last: true))
        let answer = try #require(raw.receivePDU())
        #expect(PDU.value(0x1000, in: answer.body) == Array(odd.utf8))
        #expect(recorder.now.stores.first?.request.sopInstanceUID == odd)
    }

    @Test func statusAndCommentOfTheReceiverReachThePeer() throws {
        let comment = String(repeating: "remark ", count: 20) + "\n"
        let recorder = Recorder(answer: { _ in StoreAnswer(Status(0xA700), errorComment: comment) })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let outcomes = try StorageRequestor.send([Specimen.object()], to: peer(listener.port))
        #expect(outcomes == [.answered(.outOfResources, errorComment: String(comment.prefix(64)))])
    }

    @Test(arguments: [
        // A sequence in a command, nested without end: DCMTK's own parser would follow it down the stack.
        (0..<2000).flatMap { _ in [0x08, 0x00, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF] as [UInt8] },
        (0..<2000).flatMap { _ in [0x00, 0x00, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF] as [UInt8] },
        [UInt8](repeating: 0, count: 7), [UInt8](repeating: 0xFF, count: 64), [],
    ])
    func aCommandThatIsNoneCostsItsAssociationOnly(command: [UInt8]) throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        var position = 0
        repeat {
            let end = min(position + 8000, command.count)
            raw.send(PDU.data(Array(command[position..<end]), command: true, last: end == command.count))
            position = end
        } while position < command.count
        #expect(raw.receivePDU()?.type == 7)
        #expect(recorder.wait { $0.ends == [.protocolError] })
        try StorageRequestor.echo(peer(listener.port))
    }

    @Test func aCommandWithoutEndIsCutAtItsLimit() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        for _ in 0..<9 { raw.send(PDU.data([UInt8](repeating: 0, count: 2000), command: true, last: false)) }
        #expect(recorder.wait { $0.ends == [.protocolError] })
    }

    @Test(arguments: [
        PDU.data([1, 2], command: false, last: true),  // a data set that no command announced
        PDU.data(storeRequest, command: true, last: true, context: 3),  // a context that was never proposed
        PDU.wrap(4, [0, 0, 0, 1, 1]),  // a PDV too short for its own head
        PDU.wrap(4, [0xFF, 0xFF, 0xFF, 0xFF, 1, 3]), PDU.wrap(4, []),
        PDU.data(PDU.command(field: 0x8001, sopClass: storage, hasDataSet: false), command: true, last: true),
        [4, 0, 0x7F, 0xFF, 0xFF, 0xFF],  // a PDU larger than agreed
    ])
    func aBrokenProtocolEndsTheAssociation(bytes: [UInt8]) throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(bytes)
        #expect(recorder.wait { $0.ends == [.protocolError] })
        #expect(recorder.now.stores.isEmpty)
    }

    @Test func aMessageInProgressMayEndWithinTheGraceOfAStop() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(PDU.data(Self.storeRequest, command: true, last: true))
        raw.send(PDU.data([1, 2], command: false, last: false))
        #expect(recorder.wait { !$0.stores.isEmpty })
        let stopped = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            listener.stop(graceSeconds: 600)
            stopped.signal()
        }
        usleep(100_000)
        raw.send(PDU.data([3, 4], command: false, last: true))
        #expect(PDU.number(0x0900, in: raw.receivePDU()?.body ?? []) == 0)
        stopped.wait()
        #expect(recorder.now.stores.first?.bytes == [1, 2, 3, 4])
        #expect(recorder.now.ends == [.stopped])
    }

    @Test func aStopWithoutGraceCutsWhatIsInProgress() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate(Self.storage) == 2)
        raw.send(PDU.data(Self.storeRequest, command: true, last: true))
        #expect(recorder.wait { !$0.stores.isEmpty })
        listener.stop(graceSeconds: 0)
        #expect(recorder.now.stores.first?.cancelled == true)
        #expect(recorder.now.ends == [.stopped])
    }

    @Test func fourAssociationsAtOnceKeepTheirBytesApart() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let target = try peer(listener.port)
        let objects = (0..<40).map { Specimen.object($0, rows: 64, columns: 100) }
        DispatchQueue.concurrentPerform(iterations: 4) { lane in
            let mine = stride(from: lane, to: objects.count, by: 4).map { objects[$0] }
            _ = try? StorageRequestor.send(mine, to: target)
        }
        let stores = recorder.now.stores
        #expect(stores.count == objects.count)
        for object in objects {
            let stored = stores.first { $0.request.sopInstanceUID == object.sopInstanceUID.value }
            #expect(stored?.bytes == object.bytes)
        }
    }
}
