import DICOMCore
import DICOMToolkit
import Foundation
import Reception
import Synchronization
import Watching

/// The listeners of the reception role: the plain port, and the secured one where it is configured.
///
/// Another plain port is opened while the gateway works; the ones before answer until the next start, so that modalities
/// can follow one after the other.
final class FrontDoor: Sendable {
    /// A place on which the plain port listens.
    private struct Plain: Sendable {
        let address: String
        let port: UInt16
        let listener: AssociationListener
    }

    let port: UInt16
    private let service: ReceptionService
    private let plain: Mutex<[Plain]>
    private let secure: AssociationListener?
    private let house: RoleHouse

    /// Seconds between looks whether the certificates' files have changed.
    private static let watchPause = 2.0

    init(house: RoleHouse, service: ReceptionService) throws {
        self.house = house
        self.service = service
        let current = house.configuration
        let settings = current.network
        var configuration = Self.listening(current)
        let first = try AssociationListener(configuration: configuration, handler: service)
        port = first.port
        plain = Mutex([Plain(address: current.bindAddress, port: current.port, listener: first)])
        guard let securePort = settings.tlsPort else {
            self.secure = nil
            return
        }
        let keeper = TLSKeeper(settings, side: .server)
        configuration.port = securePort
        let secure = try AssociationListener(
            configuration: configuration, security: try keeper.current().security, handler: service)
        self.secure = secure
        house.log(.receivesOverTLS, LogFact("port", secure.port))
        let thread = Thread { Self.watch(keeper, secure, house) }
        thread.name = "certificates"
        thread.start()
    }

    /// Refuses new associations, lets messages in progress end within the configured time, cuts the rest.
    func stop() {
        service.stop()
        let listeners = plain.withLock { $0.map(\.listener) } + [secure].compactMap { $0 }
        for listener in listeners { listener.stop(graceSeconds: house.configuration.network.drainSeconds) }
    }

    /// Opens the port of a changed configuration, or throws. Where that port is open already, ports that were opened
    /// after it are closed again: that change is taken back.
    func follow(_ new: GatewayConfiguration) throws(ToolkitError) {
        let isOpen = plain.withLock { open -> [Plain]? in
            guard let index = open.firstIndex(where: { $0.address == new.bindAddress && $0.port == new.port }) else {
                return nil
            }
            let later = Array(open[(index + 1)...])
            open.removeSubrange((index + 1)...)
            return later
        }
        guard let later = isOpen else {
            let listener = try AssociationListener(configuration: Self.listening(new), handler: service)
            house.log(.receivesOnAnotherPort, LogFact("port", listener.port))
            return plain.withLock {
                $0.append(Plain(address: new.bindAddress, port: new.port, listener: listener))
            }
        }
        guard !later.isEmpty else { return }
        let grace = new.network.drainSeconds
        // Not on the link's thread: the messages under way need it to reach their end.
        let thread = Thread { for place in later { place.listener.stop(graceSeconds: grace) } }
        thread.name = "close a port"
        thread.start()
    }

    private static func listening(_ current: GatewayConfiguration) -> ListenerConfiguration {
        let settings = current.network
        var configuration = ListenerConfiguration(port: current.port)
        configuration.bindAddress = current.bindAddress
        configuration.maxPDUByteCount = settings.maxPDUBytes
        configuration.maxAssociations = settings.maxAssociations
        configuration.maxAssociationsPerAddress = settings.maxAssociationsPerAddress
        configuration.maxHalfOpenPerAddress = settings.maxHalfOpenPerAddress
        configuration.acseTimeoutSeconds = settings.acseSeconds
        configuration.idleTimeoutSeconds = settings.idleSeconds
        configuration.stallTimeoutSeconds = settings.stallSeconds
        return configuration
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
