import Foundation
import Synchronization

/// Random names for jobs, instances and results: 128 bits, 32 lower-case hexadecimal digits. They say nothing.
public enum Identifier {
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let half = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - half.count) + half
        }
        return digits.joined()
    }
}

/// A value that a `@Sendable` closure may set.
final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}
