import CSandbox
import DICOMCore
import Glibc

/// Decodes one frame in a child process that can be killed.
///
/// The child has no network, opens no file, starts no program, and may use so much memory and time; what a hostile image
/// does to a codec ends with the child. Parent and child are the same executable: it calls `runChild` for the arguments
/// that the parent gives to `decode`.
public enum CodecWorker {
    /// Address space of the child: the largest frame, OpenJPEG's 32-bit copy of it, its input, and the libraries.
    public static let maxAddressSpaceByteCount: UInt64 = 2 << 30
    /// Processor time of the child. The largest radiograph in the slowest codec needs under two seconds.
    public static let maxCPUSeconds: UInt64 = 20

    // MARK: parent

    /// Starts the child, gives it the frame, takes the samples, and ends it.
    ///
    /// - Parameters:
    ///   - executable: absolute path of the program whose `arguments` lead to `runChild`.
    ///   - timeoutSeconds: for everything, by the clock on the wall; the child is killed then.
    /// - Returns: as `FrameDecoder.decode`.
    /// - Throws: as `FrameDecoder.decode`; `cannotStartWorker`, `workerTimedOut`, `workerDied`.
    public static func decode(
        frame fragments: [UInt8], transferSyntax: TransferSyntax, geometry: PixelGeometry, executable: String,
        arguments: [String], timeoutSeconds: Double = 30
    ) throws(ToolkitError) -> [UInt8] {
        let expected = try FrameDecoder.frameByteCount(geometry)
        guard fragments.count <= CodecMessage.maxFragmentByteCount else { throw .frameTooLarge }
        guard let ends = WorkerSocket.pair() else { throw .cannotStartWorker(errno: errno) }
        let ours = WorkerSocket(descriptor: ends.0)
        let child = try start(executable, arguments, socket: WorkerSocket(descriptor: ends.1))
        // The answer is in, or will never come: either way nothing is lost by the hardest signal.
        defer {
            kill(child, SIGKILL)
            while waitpid(child, nil, 0) < 0, errno == EINTR {}
        }

        let deadline = Deadline(seconds: timeoutSeconds)
        let request = CodecMessage.Request(fragments: fragments, transferSyntax: transferSyntax, geometry: geometry)
        guard ours.send(CodecMessage.encode(request), before: deadline),
            let head = ours.receive(CodecMessage.replyHeadByteCount, before: deadline)
        else { throw deadline.isOver ? .workerTimedOut : .workerDied }
        let count = try CodecMessage.readReplyHead(head).get()
        guard count == expected else { throw .workerDied }
        guard let samples = ours.receive(count, before: deadline) else {
            throw deadline.isOver ? .workerTimedOut : .workerDied
        }
        return samples
    }

    private static func start(
        _ executable: String, _ arguments: [String], socket: consuming WorkerSocket
    ) throws(ToolkitError) -> pid_t {
        // The child inherits no environment but the way to its libraries; and no crash report may print its memory.
        var environment = ["SWIFT_BACKTRACE=enable=no"]
        if let path = unsafe getenv("LD_LIBRARY_PATH") {
            environment.append(unsafe "LD_LIBRARY_PATH=" + String(cString: path))
        }
        var child: pid_t = -1
        let descriptor = socket.descriptor
        let failure = unsafe withCStrings([executable] + arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe cxr_spawn_with(&child, executable, argv, envp, descriptor, descriptor, -1, nil, 0)
            }
        }
        guard failure == 0 else { throw .cannotStartWorker(errno: failure) }
        return child
    }

    /// A NULL-terminated list of C strings, valid during the call.
    private static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = unsafe texts.map { unsafe strdup($0) }
        defer { unsafe pointers.forEach { unsafe free($0) } }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { list in
            guard let base = list.baseAddress else { preconditionFailure("the list ends with NULL and is never empty") }
            return unsafe body(base)
        }
    }

    // MARK: child

    /// The child's whole life: locks itself in, reads one request from descriptor 0, decodes, answers on descriptor 1.
    ///
    /// Exit codes: 0 answered; 65 no request; 71 the sandbox could not be had, nothing was read.
    public static func runChild() -> Never {
        guard lockIn() else { exit(71) }
        // The parent watches the clock and kills; the child's own limit is only for a parent that forgot.
        let deadline = Deadline(seconds: 600)
        let input = WorkerSocket(descriptor: 0)
        guard let request = CodecMessage.readRequest({ input.receive($0, before: deadline) }) else { exit(65) }
        let reply = Result { () throws(ToolkitError) in
            try FrameDecoder.decode(
                frame: request.fragments, transferSyntax: request.transferSyntax, geometry: request.geometry)
        }
        exit(WorkerSocket(descriptor: 1).send(CodecMessage.encode(reply), before: deadline) ? 0 : 65)
    }

    /// Loads what decoding needs, then gives up everything else for good. False if any of it could not be given up.
    public static func lockIn() -> Bool {
        let parent = getppid()
        Toolkit.prepare()
        let denied =
            CXR_SANDBOX_NO_NETWORK | CXR_SANDBOX_NO_EXECUTE | CXR_SANDBOX_NO_FILES | CXR_SANDBOX_NO_PROCESSES
            | CXR_SANDBOX_NO_KERNEL_DOORS
        return cxr_die_with_parent(parent) == 0 && cxr_disable_core_dumps() == 0
            && cxr_limit_resources(maxAddressSpaceByteCount, maxCPUSeconds) == 0
            && cxr_sandbox_enter(UInt32(denied)) == 0
    }
}
