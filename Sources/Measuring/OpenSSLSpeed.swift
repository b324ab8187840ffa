import Foundation

/// What OpenSSL's own command says about the cipher of sealed files, as the measure of what is possible.
public enum OpenSSLSpeed {
    /// Bytes that AES-256-GCM encrypts in a second of processor time, in pieces of 1 MiB, as `openssl speed` counts.
    /// Throws `program` and `openSSLSpeed`.
    public static func aes256GCM(seconds: Int = 1) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "speed", "-mr", "-seconds", "\(seconds)", "-bytes", "1048576", "-evp", "aes-256-gcm",
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do { try withAlarms { try process.run() } } catch { throw MeasuringError.program("openssl") }
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, let speed = bytesPerSecond(in: String(decoding: output, as: UTF8.self))
        else { throw MeasuringError.openSSLSpeed }
        return speed
    }

    /// Lets SIGALRM through meanwhile: threads of Dispatch block signals, a program inherits that, and this one ends its
    /// seconds by an alarm.
    private static func withAlarms(_ body: () throws -> Void) rethrows {
        var (alarms, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&alarms)
        unsafe sigaddset(&alarms, SIGALRM)
        unsafe pthread_sigmask(SIG_UNBLOCK, &alarms, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// From the lines of `-mr`: `+F:number:cipher:bytes per second`.
    static func bytesPerSecond(in output: String) -> Double? {
        let line = output.split(separator: "\n").first { $0.hasPrefix("+F:") }
        return line?.split(separator: ":").last.flatMap { Double($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}
