import Foundation

/// The de-identifiers that people run on folders of files today.
public enum DeidentifierKind: String, Sendable, Hashable, CaseIterable {
    /// GDCM's command, Basic Profile, the originals encrypted into each file.
    case gdcmanon
    /// Python, as its command does it.
    case dicognito
    /// Python, the table of PS3.15, as its command does it.
    case dicomAnonymizer = "dicom-anonymizer"
    /// Python, its default recipe, as its command does it.
    case deid
    /// Rust behind a Python interface; reads and writes in Rust, default settings.
    case dcmanon

    /// How often as fast as this one the product promises to be, file to file.
    public var must: Double {
        switch self {
        case .gdcmanon: 1.3
        case .dicognito: 1.5
        case .dicomAnonymizer, .deid, .dcmanon: 1
        }
    }

    /// What a Python peer must be able to import; `nil` for a program.
    var package: String? {
        switch self {
        case .gdcmanon: nil
        case .dicognito: "dicognito"
        case .dicomAnonymizer: "dicomanonymizer"
        case .deid: "deid"
        case .dcmanon: "dcmanon"
        }
    }

    /// A Python program that de-identifies the folder in its first argument into the folder in its second, without a
    /// detour: the entry point of the peer's own command where it has one.
    var script: String {
        switch self {
        case .gdcmanon: ""
        case .dicognito:
            """
            import sys; from dicognito.__main__ import main
            main([sys.argv[1], "-o", sys.argv[2]])
            """
        case .dicomAnonymizer:
            """
            import sys; from dicomanonymizer.anonymizer import main
            main()
            """
        case .deid:
            """
            import sys; from deid.main import main
            sys.argv[1:] = ["--outfolder", sys.argv[2], "identifiers", "--action", "all", "--input", sys.argv[1]]
            main()
            """
        case .dcmanon:
            """
            import os, sys; from dcmanon import Anonymizer
            anonymizer = Anonymizer()
            for name in sorted(os.listdir(sys.argv[1])):
                clean = anonymizer.anonymize(os.path.join(sys.argv[1], name))
                with open(os.path.join(sys.argv[2], name), "wb") as file: file.write(clean)
            """
        }
    }
}
