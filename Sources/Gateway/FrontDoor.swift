import DICOMCore
import DICOMToolkit
import Foundation
import Reception
import Watching

/// The listeners of the reception role: the plain port, and the secured one where it is configured.
final class FrontDoor: Sendable {
    let port: UInt16
    private let service: ReceptionService
    private let listeners: [AssociationListener]
    private let house: RoleHouse

    /// Seconds between looks whether the certificates' files have changed.
    private static let watchPause = 2.0

    init(house: RoleHouse, service: ReceptionService) throws {
        self.house = house
        self.service = service
        let settings = house.configuration.network
        var configuration = ListenerConfiguration(port: house.configuration.port)
        configuration.bindAddress = house.configuration.bindAddress
        configuration.maxPDUByteCount = settings.maxPDUBytes
        configuration.maxAssociations = settings.maxAssociations
        configuration.maxAssociationsPerAddress = settings.maxAssociationsPerAddress
        configuration.maxHalfOpenPerAddress = settings.maxHalfOpenPerAddress
        configuration.acseTimeoutSeconds = settings.acseSeconds
        configuration.idleTimeoutSeconds = settings.idleSeconds
        configuration.stallTimeoutSeconds = settings.stallSeconds
        let plain = try AssociationListener(configuration: configuration, handler: service)
        port = plain.port
        guard let securePort = settings.tlsPort else {
            listeners = [plain]
            return
        }
        let keeper = TLSKeeper(settings, side: .server)
        configuration.port = securePort
        let secure = try AssociationListener(
            configuration: configuration, security: try keeper.current().security, handler: service)
        listeners = [plain, secure]
        house.log(.receivesOverTLS, LogFact("port", secure.port))
        let thread = Thread { Self.watch(keeper, secure, house) }
        thread.name = "certificates"
        thread.start()
    }

    /// Refuses new associations, lets messages in progress end within the configured time, cuts the rest.
    func stop() {
        service.stop()
        for listener in listeners { listener.stop(graceSeconds: house.configuration.network.drainSeconds) }
    }

    /// A renewed certificate serves the next association; one that cannot be used changes nothing but the log.
    private static func watch(_ keeper: TLSKeeper, _ listener: AssociationListener, _ house: RoleHouse) {
        var complained = false
        while !house.link.isStopping {
            Thread.sleep(forTimeInterval: watchPause)
            do {
                let (security, isNew) = try keeper.current()
                if isNew {
                    listener.replace(security)
                    house.log(.certificatesRenewed)
                }
                complained = false
            } catch {
                if !complained {
                    house.log(.certificatesUnusable, .error(error))
                }
                complained = true
            }
        }
    }
}
