import Foundation
import Sealing

/// What the program consists of, for those who must know: CycloneDX 1.5 and SPDX 2.3, both as JSON.
///
/// The same parts and the same moment give the same bytes: the serial number is derived from the parts.
/// Source: cyclonedx.org/docs/1.5/json, spdx.github.io/spdx-spec/v2.3.
public struct BillOfMaterials: Sendable {
    let parts: [SoftwarePart]
    let clock: GatewayClock

    public init(_ parts: [SoftwarePart], clock: GatewayClock = .system) {
        self.parts = parts
        self.clock = clock
    }

    /// To the second: both formats want it so.
    private var timestamp: String {
        UniversalTime.stamp(clock.milliseconds() / 1000 * 1000).replacing(".000Z", with: "Z")
    }

    /// 32 hexadecimal digits that change with the parts.
    private func digest() throws -> String {
        let text = parts.map(\.purl).joined(separator: "\n") + Product.version
        return String(Hexadecimal.text(try SHA256.hash(Array(text.utf8))).prefix(32))
    }

    public func cycloneDX() throws -> JSONValue {
        let digits = Array(try digest())
        let id = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
        let root = "pkg:generic/cxrgate@\(Product.version)"
        return .object([
            "bomFormat": .string("CycloneDX"), "specVersion": .string("1.5"), "version": .number(1),
            "serialNumber": .string("urn:uuid:\(id)"),
            "metadata": .object([
                "timestamp": .string(timestamp),
                "component": .object([
                    "type": .string("application"), "bom-ref": .string(root), "name": .string(Product.name),
                    "version": .string(Product.version), "purl": .string(root),
                    "licenses": .array([.object(["license": .object(["id": .string("Apache-2.0")])])]),
                ]),
            ]),
            "components": .array(parts.map(Self.component)),
            "dependencies": .array([
                .object(["ref": .string(root), "dependsOn": .array(parts.map { .string($0.purl) })])
            ]),
        ])
    }

    private static func component(_ part: SoftwarePart) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string("library"), "bom-ref": .string(part.purl), "name": .string(part.name),
            "version": .string(part.version), "purl": .string(part.purl),
        ]
        if let licence = part.licence {
            members["licenses"] = .array([.object(["expression": .string(licence)])])
        }
        if !part.files.isEmpty {
            members["properties"] = .array(
                part.files.map { .object(["name": .string("cxrgate:library"), "value": .string($0)]) })
        }
        return .object(members)
    }

    public func spdx() throws -> JSONValue {
        let packages =
            [
                Self.package(
                    id: "cxrgate", name: Product.name, version: Product.version, licence: "Apache-2.0",
                    purl: "pkg:generic/cxrgate@\(Product.version)", supplier: "Organization: \(Product.manufacturer)")
            ]
            + parts.enumerated().map { number, part in
                Self.package(
                    id: "part-\(number + 1)", name: part.name, version: part.version, licence: part.licence,
                    purl: part.purl, supplier: "NOASSERTION")
            }
        let relations =
            [Self.relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-cxrgate")]
            + parts.indices.map { Self.relation("SPDXRef-cxrgate", "DEPENDS_ON", "SPDXRef-part-\($0 + 1)") }
        return .object([
            "spdxVersion": .string("SPDX-2.3"), "dataLicense": .string("CC0-1.0"),
            "SPDXID": .string("SPDXRef-DOCUMENT"), "name": .string("cxrgate-\(Product.version)"),
            "documentNamespace": .string("urn:cxrgate:sbom:\(try digest())"),
            "creationInfo": .object([
                "created": .string(timestamp),
                "creators": .array([.string("Tool: cxrgate-\(Product.version)")]),
            ]),
            "packages": .array(packages), "relationships": .array(relations),
        ])
    }

    private static func relation(_ from: String, _ kind: String, _ to: String) -> JSONValue {
        .object([
            "spdxElementId": .string(from), "relationshipType": .string(kind), "relatedSpdxElement": .string(to),
        ])
    }

    private static func package(
        id: String, name: String, version: String, licence: String?, purl: String, supplier: String
    ) -> JSONValue {
        .object([
            "SPDXID": .string("SPDXRef-\(id)"), "name": .string(name), "versionInfo": .string(version),
            "downloadLocation": .string("NOASSERTION"), "filesAnalyzed": .bool(false), "supplier": .string(supplier),
            "licenseConcluded": .string("NOASSERTION"), "licenseDeclared": .string(licence ?? "NOASSERTION"),
            "copyrightText": .string("NOASSERTION"),
            "externalRefs": .array([
                .object([
                    "referenceCategory": .string("PACKAGE-MANAGER"), "referenceType": .string("purl"),
                    "referenceLocator": .string(purl),
                ])
            ]),
        ])
    }
}
