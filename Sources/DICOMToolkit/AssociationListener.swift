import CDCMTK
import Synchronization

/// Where and under which limits a listener accepts associations.
public struct ListenerConfiguration: Sendable {
    /// Numeric IPv4 or IPv6 address; `0.0.0.0` is every IPv4 interface.
    public var bindAddress = "0.0.0.0"
    /// 0 takes any free port.
    public var port: UInt16
    /// Largest PDU that peers may send; 4096 … 131072, DCMTK's bounds. The largest costs least per byte.
    public var maxPDUByteCount = 131_072
    /// Associations at a time; each has a thread and up to half a megabyte of buffers. Beyond: local limit exceeded.
    public var maxAssociations = 64
    /// The same for one address.
    public var maxAssociationsPerAddress = 32
    /// Connections per address that have not yet asked for an association; more are a scan, or a broken peer.
    public var maxHalfOpenPerAddress = 16
    /// From TCP connection to complete A-ASSOCIATE-RQ.
    public var acseTimeoutSeconds = 5.0
    /// Between two messages: some modalities keep one association open through an examination.
    public var idleTimeoutSeconds = 120.0
    /// Within a message, for every 4096 bytes.
    public var stallTimeoutSeconds = 30.0

    public init(port: UInt16) { self.port = port }
}

/// Accepts associations, answers C-ECHO, and hands the data sets of C-STORE to its handler as raw bytes.
///
/// One thread accepts; each association has its own. A silent connection costs no thread and delays nobody. Data sets
/// are never parsed here. N-ACTION and N-EVENT-REPORT go to the handler as bytes; any other request is answered with "unrecognized operation" (0211H).
/// Source: PS3.8 9.3, PS3.7 9.1 and 9.3.
public final class AssociationListener: Sendable {
    /// The port on which it listens.
    public let port: UInt16
    private let handle: Mutex<Handle?>

    /// The pointer goes to one owner at a time: whoever takes it out of the mutex. The bridge must live as long.
    @safe private struct Handle: @unchecked Sendable {
        let pointer: OpaquePointer
        let bridge: ListenerBridge
    }

    /// Listens from now on, with TLS if there is `security`. Throws `cannotListen`.
    public init(
        configuration: ListenerConfiguration, security: TransportSecurity? = nil, handler: any AssociationHandler
    ) throws(ToolkitError) {
        let bridge = ListenerBridge(handler)
        var pointer: OpaquePointer?
        var realPort: UInt16 = 0
        let failure = unsafe configuration.bindAddress.withCString { address in
            var limits = unsafe cdcmtk_listener_configuration(
                bind_address: address, port: configuration.port,
                max_pdu_bytes: UInt32(clamping: configuration.maxPDUByteCount),
                max_associations: UInt32(clamping: configuration.maxAssociations),
                max_associations_per_address: UInt32(clamping: configuration.maxAssociationsPerAddress),
                max_half_open_per_address: UInt32(clamping: configuration.maxHalfOpenPerAddress),
                acse_timeout_seconds: configuration.acseTimeoutSeconds,
                idle_timeout_seconds: configuration.idleTimeoutSeconds,
                stall_timeout_seconds: configuration.stallTimeoutSeconds)
            var callbacks = unsafe bridge.callbacks
            return unsafe cdcmtk_listener_start(&limits, &callbacks, security?.handle, &pointer, &realPort)
        }
        withExtendedLifetime(security) {}
        guard failure == 0, let pointer = unsafe pointer else { throw .cannotListen(errno: failure) }
        port = realPort
        handle = unsafe Mutex(Handle(pointer: pointer, bridge: bridge))
    }

    /// Associations that begin from now on use these certificates; for a listener that began with some.
    public func replace(_ security: TransportSecurity) {
        handle.withLock { handle in
            guard let handle else { return }
            unsafe cdcmtk_listener_secure(handle.pointer, security.handle)
        }
        withExtendedLifetime(security) {}
    }

    deinit { stop(graceSeconds: 0) }

    /// Closes the door at once; associations between two messages are aborted, messages in progress may end within the
    /// grace, the rest is cut. Returns when the last association has ended. Not to be called by the handler.
    public func stop(graceSeconds: Double) {
        guard let last = handle.withLock({ $0.take() }) else { return }
        unsafe cdcmtk_listener_stop(last.pointer, graceSeconds)
        withExtendedLifetime(last.bridge) {}
    }
}
