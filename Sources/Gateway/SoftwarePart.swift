import Foundation

/// Something that the running program consists of, or is linked with.
public struct SoftwarePart: Sendable, Hashable {
    /// Whose numbering its version follows, in the words of the OSV schema.
    public enum Ecosystem: String, Sendable, Hashable, CaseIterable {
        case swift = "SwiftURL"
        case debian = "Debian:12"
    }

    public let ecosystem: Ecosystem
    /// What advisories call it: the place of a repository, or a source package of Debian.
    public let advisoryName: String
    /// What people call it: repository, or binary package.
    public let name: String
    public let version: String
    /// An SPDX expression; `nil` if this table does not know it.
    public let licence: String?
    /// Shared libraries of it that are loaded, without their path.
    public let files: [String]

    /// Package URL. Source: github.com/package-url/purl-spec.
    public var purl: String {
        switch ecosystem {
        case .swift: "pkg:swift/\(advisoryName)@\(version)"
        case .debian: "pkg:deb/debian/\(name)@\(Self.escaped(version))?distro=bookworm"
        }
    }

    private static func escaped(_ version: String) -> String {
        version.replacing("+", with: "%2B").replacing(":", with: "%3A").replacing("~", with: "~")
    }

    /// Every part of this process: the packages that were linked in, and the libraries that are loaded now.
    public static func all(of process: LoadedLibraries = LoadedLibraries()) throws -> [SoftwarePart] {
        let swift = packages.map { package in
            SoftwarePart(
                ecosystem: .swift, advisoryName: package.place,
                name: package.place.split(separator: "/").last.map(String.init) ?? package.place,
                version: package.version, licence: package.licence, files: [])
        }
        return try swift + process.parts()
    }

    /// Licences of Debian's packages that the gateway is linked with (SPDX), by their copyright files. What is not here
    /// has `NOASSERTION`.
    static let debianLicences: [String: String] = [
        "libc6": "LGPL-2.1-or-later", "libstdc++6": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "libgcc-s1": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "libgfortran5": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "libquadmath0": "LGPL-2.1-or-later", "libgomp1": "GPL-3.0-or-later WITH GCC-exception-3.1",
        "libssl3": "Apache-2.0", "libopenblas0-pthread": "BSD-3-Clause", "libopenjp2-7": "BSD-2-Clause",
        "libsqlite3-0": "blessing", "zlib1g": "Zlib", "libdcmtk17": "BSD-3-Clause", "libxml2": "MIT",
        "libpng16-16": "libpng-2.0", "libtiff6": "libtiff", "libicu72": "ICU", "libwrap0": "TCP-wrappers",
        "libnsl2": "LGPL-2.1-or-later", "libtirpc3": "BSD-3-Clause", "libzstd1": "BSD-3-Clause",
        "libcom-err2": "MIT", "libdeflate0": "MIT", "libjbig0": "GPL-2.0-or-later", "libkeyutils1": "LGPL-2.1-or-later",
        "libgssapi-krb5-2": "MIT", "libk5crypto3": "MIT", "libkrb5-3": "MIT", "libkrb5support0": "MIT",
        "liblerc4": "Apache-2.0", "libwebp7": "BSD-3-Clause", "liblzma5": "0BSD", "libuuid1": "BSD-3-Clause",
        "libjpeg62-turbo": "IJG", "libsystemd0": "LGPL-2.1-or-later",
    ]
}
