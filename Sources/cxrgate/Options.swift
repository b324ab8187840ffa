import ArgumentParser
import Evaluation
import Foundation
import Gateway

/// What every command understands.
struct Options: ParsableArguments {
    @Option(name: .long, help: "Configuration file (YAML). Default: \(GatewayConfiguration.defaultFile), if it exists.")
    var config: String?

    @Option(name: .long, help: "Data directory; overrides the configuration.")
    var dataDir: String?

    @Flag(name: .long, help: "Answer in JSON, for machines.")
    var json = false

    func configuration() throws -> GatewayConfiguration {
        do {
            return try reading().checked()
        } catch {
            throw Complaint(error)
        }
    }

    /// The configuration with everything that is to be said about it.
    func reading() -> ConfigurationReading { sources().reading() }

    func sources() -> ConfigurationSources { ConfigurationSources(file: config, dataDirectory: dataDir) }

    /// Asks the gateway and shows the answer: as JSON, or as people read it.
    func ask(
        _ request: AdministrationRequest, show: (JSONValue) -> String, then: (JSONValue) -> Void = { _ in }
    ) async throws {
        let answer: AdministrationAnswer
        do {
            let sources = sources()
            answer = try Door.perform(request, configuration: sources.reading().checked(), sources: sources)
        } catch let complaint as Complaint {
            throw complaint
        } catch {
            throw Complaint(error)
        }
        if let error = answer.error { throw Complaint(error, code: answer.exitCode ?? 1) }
        answered(answer.value ?? .null, show: show)
        then(answer.value ?? .null)
    }

    func answered(_ value: JSONValue, show: (JSONValue) -> String) {
        print(json ? Self.text(of: value) : show(value))
    }

    static func text(of value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { return "null" }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An error on its way to the terminal: one message, one exit code.
struct Complaint: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ error: any Error) {
        description = "\(error)"
        code = (error is EvaluationError ? CommandExit.badData : CommandExit.code(for: error)).rawValue
    }

    init(_ message: String, code: Int32) {
        description = message
        self.code = code
    }
}

extension AsyncParsableCommand {
    /// Runs `body`; a complaint goes to standard error, and its code ends the command.
    func complaining(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let complaint as Complaint {
            FileHandle.standardError.write(Foundation.Data("cxrgate: \(complaint)\n".utf8))
            throw ExitCode(complaint.code)
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let complaint = Complaint(error)
            FileHandle.standardError.write(Foundation.Data("cxrgate: \(complaint)\n".utf8))
            throw ExitCode(complaint.code)
        }
    }
}

/// A command that is one question to the gateway, and its answer for people.
protocol Question: AsyncParsableCommand {
    var options: Options { get }

    /// May ask for what must not stand in a command line.
    func request() throws -> AdministrationRequest

    /// The answer as people read it; machines get it as it is.
    func text(of answer: JSONValue) -> String
}

extension Question {
    func run() async throws {
        try await complaining {
            try await options.ask(request()) { text(of: $0) }
        }
    }
}
