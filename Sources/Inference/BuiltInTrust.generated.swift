// Made by `cxrgate model calibrate`; do not edit.
extension TrustProfile {
    static let builtInJSON = "{}"
}
