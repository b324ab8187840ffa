import ArgumentParser
import DICOMToolkit
import Foundation
import Gateway

/// Starts one role of a running gateway; used by the supervisor alone.
struct RoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "role", shouldDisplay: false)

    @Argument var name: String
    /// User and group to become; done before there was a second thread.
    @Argument var identity: [String] = []

    func run() throws {
        if name == "codec" { CodecWorker.runChild() }
        do {
            if name == "watch" { try WatchRole.run() }
            if name == "canary" { return try CanaryRole.run() }
            try RoleMain.run(name, executable: Executable.path, log: GatewayLog.make(process: name))
        } catch {
            FileHandle.standardError.write(Foundation.Data("cxrgate \(name): \(error)\n".utf8))
            throw ExitCode(CommandExit.code(for: error).rawValue)
        }
    }
}

/// Where this program lies.
enum Executable {
    static var path: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
