import Durability
import Foundation
import Journal

// Planned downtime: parts of the gateway, or single AE titles, stand still until someone lets them go on.

extension Administration {
    /// Pauses one part, one AE title, or, with neither, everything.
    func pause(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try change(request, to: .pause, actor: actor)
    }

    /// Lets one part, one AE title, or, with neither, everything go on.
    func resume(_ request: AdministrationRequest, actor: String) throws -> JSONValue {
        try change(request, to: .resume, actor: actor)
    }

    private enum Wish: String, Sendable { case pause, resume }

    private func change(_ request: AdministrationRequest, to wish: Wish, actor: String) throws -> JSONValue {
        let now = clock.milliseconds()
        let reason = request.reason
        let asked = try asked(request.arguments["what"], wish)
        let changed = Box<[String]>([])
        let left = Box<[JSONValue]>([])
        try committer.commit { [self] transaction in
            for what in asked {
                let isNew =
                    switch wish {
                    case .pause: try PauseBook.set(what, PauseBook.Pause(at: now, by: actor), in: transaction)
                    case .resume: try PauseBook.clear(what, in: transaction)
                    }
                guard isNew else { continue }
                changed.value.withLock { $0.append(what) }
                var details = ["change": wish.rawValue, "what": what]
                details["reason"] = reason
                try transaction.owe(event(.configurationChange, actor: actor, details: details))
            }
            let pauses = try PauseBook.all(in: transaction)
            left.value.withLock { $0 = pauses.map { .string($0.what) } }
        }
        for role in Supervisor.roles { wake(role) }
        return .object([
            "changed": .array(changed.value.withLock { $0 }.map { .string($0) }),
            "paused": .array(left.value.withLock { $0 }),
        ])
    }

    /// The names in the book of what was asked for.
    private func asked(_ what: String?, _ wish: Wish) throws -> [String] {
        guard let what, !what.isEmpty else {
            // To go on means all of it, whatever was paused.
            if wish == .resume { return try store.read { try PauseBook.all(in: $0) }.map(\.what) }
            return PauseBook.Part.allCases.map(\.rawValue)
        }
        if let part = PauseBook.Part(rawValue: what) { return [part.rawValue] }
        let isKnown = try store.read { try AEChange.entry(named: what, in: $0) } != nil
        // One that was removed while it was paused can still be let go.
        guard isKnown || wish == .resume else {
            let parts = PauseBook.Part.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayError.notFound("part or AE title \(what); parts are \(parts)")
        }
        return ["ae " + what]
    }
}
