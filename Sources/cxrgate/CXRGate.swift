import ArgumentParser
import Foundation
import Gateway

/// The one command of the gateway.
@main
struct Main {
    /// Synchronous, so that what must happen before there is a second thread happens on the first.
    static func main() throws {
        ProcessEnvironment.restrict()
        try ProcessEnvironment.settle(executable: Executable.path, arguments: CommandLine.arguments)
        try RoleMain.becomeRoleUser(CommandLine.arguments)
        if CommandLine.arguments.dropFirst().first == "serve" { try TerminationSignals.hold() }
        Task {
            await CXRGate.main()
            exit(0)
        }
        dispatchMain()
    }
}

struct CXRGate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cxrgate",
        abstract: "A DICOM gateway node for chest X-ray AI.",
        discussion: """
            Modalities send chest radiographs by C-STORE; the gateway de-identifies, seals, analyses them, and returns a \
            structured report and a heat map into the original study at the PACS. It is a side branch, not an archive: \
            the modality must also send the original to the PACS.

            Examples:
              cxrgate serve                                               start the gateway
              cxrgate ae add CR1 --role source                            let a modality send
              cxrgate ae add PACS1 --host 10.0.0.5 --port 104 --role destination
              cxrgate status                                              what is happening now
              cxrgate journal verify                                      prove that nothing was hidden

            Exit codes: 0 done; 1 failed; 64 usage; 65 bad data; 69 peer unavailable; 70 our bug; 74 input or output; \
            77 refused; 78 configuration.
            """,
        version: Version.text,
        subcommands: [
            Serve.self,
            CheckCommand.self,
            ConfigCommand.self,
            Status.self,
            Alarms.self,
            CanaryCommand.self,
            Pause.self,
            Drain.self,
            Resume.self,
            AE.self,
            Queue.self,
            Quarantine.self,
            Results.self,
            Trace.self,
            Reconcile.self,
            Lookup.self,
            JournalCommand.self,
            Keys.self,
            Hold.self,
            ObjectionsCommand.self,
            Actions.self,
            Instance.self,
            ModelCommand.self,
            Feedback.self,
            Accept.self,
            DataCommand.self,
            Train.self,
            RunsCommand.self,
            Evaluate.self,
            Predict.self,
            Bench.self,
            Logs.self,
            Support.self,
            BackupCommand.self,
            RestoreCommand.self,
            ConformanceCommand.self,
            SBOMCommand.self,
            ScanCommand.self,
            ManualCommand.self,
            DecommissionCommand.self,
            Version.self,
            RoleCommand.self,
        ])
}
