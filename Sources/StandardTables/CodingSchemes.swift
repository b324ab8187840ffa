/// Coding schemes that are published: whoever writes such a code writes what everybody writes.
///
/// Designators beginning with 99 are local, and so is what is not named here.
/// Source: PS3.16 Table 8-1.
public enum CodingSchemes {
    public static func isPublic(_ designator: some StringProtocol) -> Bool { published.contains(String(designator)) }

    private static let published: Set<String> = [
        "ACR", "ASTM-sigpurpose", "BARI", "BI", "C4", "C5", "CD2", "CTCAE", "DC", "DCM", "DCMUID", "FDI", "FMA",
        "HPC", "I10", "I10P", "I11", "I9", "I9C", "ICDO3", "ISO3166_1", "ISO5218_1", "ISO639_1", "ISO639_2", "ISO_OID",
        "LB", "LN", "MDC", "MDNS", "MSH", "NCDR", "NCIt", "NDC", "NEU", "NICIP", "NYUMCCG", "POS", "RADELEMENT",
        "RADLEX", "RFC3066", "RFC5646", "RXNORM", "SCT", "SNM3", "SRT", "UCUM", "UMLS", "UNS", "UPC",
    ]
}
