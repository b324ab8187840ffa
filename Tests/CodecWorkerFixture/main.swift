// The executable that the tests of `CodecWorker` start as its child; with `try WHAT`, it locks itself in as the child
// does and says whether WHAT is denied.
import CSandbox
import DICOMToolkit
import Glibc

/// Exit code 0: denied with EPERM (or ENOMEM for memory); 1: allowed; 2: failed otherwise.
func attempt(_ what: String) -> Int32 {
    guard CodecWorker.lockIn() else { return 3 }
    errno = 0
    switch what {
    case "socket": return socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) >= 0 ? 1 : (errno == EPERM ? 0 : 2)
    case "open": return unsafe open("/etc/passwd", O_RDONLY) >= 0 ? 1 : (errno == EPERM ? 0 : 2)
    case "kill": return kill(getppid(), 0) == 0 ? 1 : (errno == EPERM ? 0 : 2)
    case "memory":
        let memory = unsafe malloc(4 << 30)
        return unsafe memory != nil ? 1 : (errno == ENOMEM ? 0 : 2)
    case "execute", "fork":
        // posix_spawn makes a process first, so both denials show here.
        var child: pid_t = 0
        let failure = unsafe cxr_spawn(&child, "/bin/true", [nil], [nil], nil, 0)
        return failure == 0 ? 1 : (failure == EPERM ? 0 : 2)
    default: return 3
    }
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "try" { exit(attempt(CommandLine.arguments[2])) }
CodecWorker.runChild()
