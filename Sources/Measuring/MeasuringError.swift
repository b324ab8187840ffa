/// Why something could not be measured.
public enum MeasuringError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Neither a size nor rows by columns.
    case size(String)
    /// A file that is no DICOM image that we can send.
    case image
    /// A program that is not installed, or fails.
    case program(String)
    /// A server that does not take associations; the last lines that it wrote.
    case serverDoesNotStart(String, output: String)
    /// A run in which not everything was answered with Success.
    case refused(server: String, reasons: [String: Int])
    /// A stored run that is not one of ours.
    case storedRun
    /// The product's own de-identification of files does not do its work.
    case deidentifier(String)
    /// A figure that OpenSSL's command does not tell.
    case openSSLSpeed

    public var code: String {
        switch self {
        case .size: "MEA-001"
        case .image: "MEA-002"
        case .program: "MEA-003"
        case .serverDoesNotStart: "MEA-004"
        case .refused: "MEA-005"
        case .storedRun: "MEA-006"
        case .deidentifier: "MEA-007"
        case .openSSLSpeed: "MEA-008"
        }
    }

    public var description: String {
        switch self {
        case .size(let text): "\(code): '\(text)' is no size; write 10M, 0.5M or 2500x2048, at most 4096x4096"
        case .image: "\(code): the file is no DICOM image in a little-endian transfer syntax that is not deflated"
        case .program(let name):
            "\(code): \(name) is not installed or failed; on Debian it is in dcmtk, orthanc or openssl"
        case .serverDoesNotStart(let name, let output): "\(code): \(name) does not start: \(output)"
        case .refused(let server, let reasons):
            "\(code): \(server) did not take everything: "
                + reasons.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
        case .storedRun: "\(code): the file holds no stored run of figures; write one with `Tools/bench --save FILE`"
        case .deidentifier(let trouble):
            "\(code): files are not de-identified: \(trouble); try `cxrgate instance deidentify` on a folder"
        case .openSSLSpeed: "\(code): `openssl speed` tells no figure; install the package openssl"
        }
    }
}
