import DICOMCore
import DICOMToolkit
import Foundation
import Testing

@Suite struct AssociationListenerTests {
    @Test func aRealEchoscuIsAnswered() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let result = try Tool.run(
            "/usr/bin/echoscu", ["-v", "-aet", "MODALITY1", "-aec", "CXRGATE", "127.0.0.1", String(listener.port)])
        #expect(result.exitCode == 0)
        #expect(result.output.contains("Received Echo Response (Success)"))
        #expect(recorder.wait { $0.ends == [.released] })
    }

    @Test func aRealStorescuDeliversItsObjectByteForByte() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let dataSet = Specimen.dataSet(rows: 300, columns: 200)
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("specimen.dcm")
        try Data(Specimen.file(dataSet)).write(to: file)

        let result = try Tool.run("/usr/bin/storescu", ["-v", "127.0.0.1", String(listener.port), file.path])
        #expect(result.exitCode == 0, "\(result.output)")
        #expect(recorder.wait { $0.ends.count == 1 })
        let stored = try #require(recorder.now.stores.first)
        #expect(stored.bytes == dataSet)
        #expect(stored.finished && !stored.cancelled)
        #expect(stored.request.sopInstanceUID == "1.2.826.0.1.3680043.9.1")
        #expect(stored.request.transferSyntax == .explicitVRLittleEndian)
    }

    @Test func tenMegabytesArriveByteForByte() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let object = Specimen.object(rows: 2500, columns: 2048)
        #expect(object.bytes.count > 10_000_000)
        let outcomes = try StorageRequestor.send([object], to: peer(listener.port))
        #expect(outcomes == [.answered(.success, errorComment: "")])
        #expect(recorder.now.stores.first?.bytes == object.bytes)
    }

    @Test func titlesArriveAsSentWithTheirPadding() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        raw.send(
            PDU.associateRequest("1.2.840.10008.1.1", ["1.2.840.10008.1.2"], calling: "  mod\0", called: "cxr gate"))
        #expect(raw.receivePDU()?.type == 2)
        let request = try #require(recorder.now.admitted.first)
        #expect(request.callingAETitle == "  mod\0          ")
        #expect(request.calledAETitle == "cxr gate        ")
        #expect(request.peerAddress == "127.0.0.1")
    }

    @Test func anUnknownCallingTitleIsRejectedAndStorescuSaysSo() throws {
        let recorder = Recorder(verdict: { _ in .reject(.callingAETitleNotRecognized) })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let result = try Tool.run("/usr/bin/echoscu", ["-v", "127.0.0.1", String(listener.port)])
        #expect(result.exitCode != 0)
        #expect(result.output.contains("Calling AE Title Not Recognized"), "\(result.output)")
        #expect(recorder.now.ends.isEmpty)
    }

    @Test(arguments: [
        Rejection.calledAETitleNotRecognized, .callingAETitleNotRecognized, .applicationContextNotSupported,
        .temporaryCongestion, .localLimitExceeded,
    ])
    func everyRejectionReachesTheRequestor(rejection: Rejection) throws {
        let listener = try listen(Recorder(verdict: { _ in .reject(rejection) }))
        defer { listener.stop(graceSeconds: 0) }
        #expect(throws: ToolkitError.rejected(rejection)) { try StorageRequestor.echo(peer(listener.port)) }
    }

    @Test func aForeignApplicationContextIsRejectedWithoutAskingTheHandler() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        raw.send(PDU.associateRequest("1.2.840.10008.1.1", ["1.2.840.10008.1.2"], applicationContext: "1.2.3"))
        let answer = raw.receivePDU()
        #expect(answer?.type == 3)
        #expect(answer?.body == [0, 1, 1, 2])
        #expect(recorder.now.admitted.isEmpty)
    }

    @Test func theFirstTransferSyntaxOfOursThatIsProposedIsTaken() throws {
        let recorder = Recorder(verdict: { _ in
            .accept([
                AcceptedContext(
                    abstractSyntax: SOPClass.computedRadiography,
                    transferSyntaxes: [.jpegLosslessSV1, .explicitVRLittleEndian, .implicitVRLittleEndian])
            ])
        })
        let listener = try listen(recorder)
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        raw.send(
            PDU.associateRequest(
                SOPClass.computedRadiography.value, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1"])
        )
        let answer = try #require(raw.receivePDU())
        #expect(answer.type == 2)
        let text = String(decoding: answer.body.map { $0 < 0x20 ? 0x2C : $0 }, as: UTF8.self)
        #expect(text.contains("1.2.840.10008.1.2.1,") || text.contains("1.2.840.10008.1.2.1P"), "\(text)")
    }

    @Test func associationsBeyondTheLimitAreRejectedAsSuch() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.maxAssociations = 1 }
        defer { listener.stop(graceSeconds: 0) }
        let first = try RawPeer(port: listener.port)
        #expect(first.associate("1.2.840.10008.1.1") == 2)
        let result = try Tool.run("/usr/bin/echoscu", ["-v", "127.0.0.1", String(listener.port)])
        #expect(result.output.contains("Local Limit Exceeded"), "\(result.output)")
        first.send(PDU.releaseRequest)
        #expect(first.receivePDU()?.type == 6)
        #expect(recorder.wait { $0.ends.count == 1 })
    }

    @Test func eightSilentConnectionsDoNotKeepAnEchoWaiting() throws {
        // If they did, it would be for their ten minutes; the requestor gives up long before.
        let listener = try listen(Recorder()) { $0.acseTimeoutSeconds = 600 }
        defer { listener.stop(graceSeconds: 0) }
        let silent = try [1, 2, 3, 4, 5, 6, 7, 8].map { _ in try RawPeer(port: listener.port) }
        try StorageRequestor.echo(peer(listener.port))
        #expect(silent.count == 8)
    }

    @Test func tooManySilentConnectionsOfOneAddressAreTurnedAway() throws {
        let listener = try listen(Recorder()) {
            $0.acseTimeoutSeconds = 600
            $0.maxHalfOpenPerAddress = 3
        }
        defer { listener.stop(graceSeconds: 0) }
        let silent = try [1, 2, 3].map { _ in try RawPeer(port: listener.port) }
        #expect(throws: ToolkitError.rejected(.temporaryCongestion)) { try StorageRequestor.echo(peer(listener.port)) }
        #expect(silent.count == 3)
    }

    @Test func aSilentConnectionIsClosedAtTheACSETimeout() throws {
        let listener = try listen(Recorder()) { $0.acseTimeoutSeconds = 0.2 }
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        #expect(raw.receiveAll().isEmpty)
    }

    @Test func aHalfSentAssociateRequestIsGivenUpAtTheACSETimeout() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.acseTimeoutSeconds = 0.2 }
        defer { listener.stop(graceSeconds: 0) }
        let raw = try RawPeer(port: listener.port)
        raw.send(Array(PDU.associateRequest("1.2.840.10008.1.1", ["1.2.840.10008.1.2"]).prefix(80)))
        _ = raw.receiveAll()
        #expect(recorder.now.admitted.isEmpty)
        try StorageRequestor.echo(peer(listener.port))
    }

    @Test func garbageCostsItsOwnConnectionOnly() throws {
        let listener = try listen(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        for garbage in [
            Array("GET / HTTP/1.1\r\nHost: pacs\r\n\r\n".utf8), [UInt8](repeating: 0xFF, count: 4096),
            [1, 0, 0xFF, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 100), [4, 0, 0, 0, 0, 0], PDU.abort,
            PDU.releaseRequest, [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3],
        ] {
            let raw = try RawPeer(port: listener.port)
            raw.send(garbage)
            shutdown(raw)
            _ = raw.receiveAll()
            try StorageRequestor.echo(peer(listener.port))
        }
    }

    @Test func mutatedAssociateRequestsNeverStopTheListener() throws {
        let recorder = Recorder()
        let listener = try listen(recorder) { $0.acseTimeoutSeconds = 1 }
        defer { listener.stop(graceSeconds: 0) }
        let sound = PDU.associateRequest(SOPClass.computedRadiography.value, ["1.2.840.10008.1.2.1"])
        var generator = SeededGenerator(seed: 20)
        for _ in 0..<150 {
            var mutated = sound
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                mutated[Int.random(in: 6..<mutated.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            let raw = try RawPeer(port: listener.port)
            raw.send(mutated)
            shutdown(raw)
            _ = raw.receiveAll()
        }
        try StorageRequestor.echo(peer(listener.port))
    }

    @Test func aTakenPortIsAnError() throws {
        let listener = try listen(Recorder())
        defer { listener.stop(graceSeconds: 0) }
        #expect(throws: ToolkitError.cannotListen(errno: 98)) { try listen(Recorder()) { $0.port = listener.port } }
        #expect(throws: ToolkitError.self) { try listen(Recorder()) { $0.bindAddress = "not an address" } }
    }

    @Test func stopAbortsTheIdleAndReleasesThePort() throws {
        let recorder = Recorder()
        let listener = try listen(recorder)
        let raw = try RawPeer(port: listener.port)
        #expect(raw.associate("1.2.840.10008.1.1") == 2)
        listener.stop(graceSeconds: 600)
        #expect(raw.receivePDU()?.type == 7)
        #expect(recorder.now.ends == [.stopped])
        listener.stop(graceSeconds: 600)
        try listen(Recorder()) { $0.port = listener.port }.stop(graceSeconds: 0)
    }

    @Test func anIPv6PeerIsServed() throws {
        let recorder = Recorder()
        let listener: AssociationListener
        do {
            listener = try listen(recorder) { $0.bindAddress = "::" }
        } catch ToolkitError.cannotListen(errno: 97) {
            return  // this machine has no IPv6
        }
        defer { listener.stop(graceSeconds: 0) }
        try StorageRequestor.echo(peer(listener.port))
        #expect(recorder.now.admitted.first?.peerAddress == "127.0.0.1")
    }
}
