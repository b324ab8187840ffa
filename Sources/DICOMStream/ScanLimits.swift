/// How much one data set may ask of us. Every limit is checked before memory is spent.
public struct ScanLimits: Sendable, Hashable {
    /// Sequences inside sequences. Real radiographs need 5; parsers that recurse die near 5,000.
    public var maximumDepth: Int
    /// Bytes before the pixel data. Real headers take 2 to 200 KiB; icon images and look-up tables take more.
    public var maximumHeaderBytes: Int
    /// Elements and items before and behind the pixel data, all levels. Real headers have 100 to 2,000.
    public var maximumElements: Int
    /// Bytes behind the pixel data: padding and signatures.
    public var maximumTrailerBytes: Int
    /// Bytes of pixel data, the item structure of encapsulated pixels included. A radiograph has 8 to 60 MB.
    public var maximumPixelBytes: Int
    /// Fragments of encapsulated pixel data. One frame has one fragment, rarely some hundred.
    public var maximumFragments: Int

    public init(
        maximumDepth: Int = 32, maximumHeaderBytes: Int = 8 << 20, maximumElements: Int = 50_000,
        maximumTrailerBytes: Int = 1 << 20, maximumPixelBytes: Int = 512 << 20, maximumFragments: Int = 65_536
    ) {
        self.maximumDepth = maximumDepth
        self.maximumHeaderBytes = maximumHeaderBytes
        self.maximumElements = maximumElements
        self.maximumTrailerBytes = maximumTrailerBytes
        self.maximumPixelBytes = maximumPixelBytes
        self.maximumFragments = maximumFragments
    }

    public static let standard = ScanLimits()
}

/// What was tolerated while reading: named and counted, never silent.
public struct ScanNoise: Sendable, Hashable {
    /// Tags that do not ascend (PS3.5 7.1).
    public var tagsOutOfOrder = 0
    /// Values and fragments of odd length (PS3.5 7.1.1).
    public var oddLengths = 0
    /// VRs that PS3.5 does not know, read as UN with a 32-bit length (PS3.5 6.2).
    public var unknownVRs = 0

    public init() {}
    public var isSilent: Bool { self == ScanNoise() }
}
