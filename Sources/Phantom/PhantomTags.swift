import DICOMCore

// The attributes that only made-up radiographs need, by their keyword (PS3.6).

extension Tag {
    static let acquisitionDate = Tag(0x0008, 0x0022)
    static let acquisitionTime = Tag(0x0008, 0x0032)
    static let anatomicRegionSequence = Tag(0x0008, 0x2218)
    static let kvp = Tag(0x0018, 0x0060)
    static let imagerPixelSpacing = Tag(0x0018, 0x1164)
    static let plateType = Tag(0x0018, 0x1260)
    static let positionerType = Tag(0x0018, 0x1508)
    static let detectorType = Tag(0x0018, 0x7004)
    static let pixelIntensityRelationship = Tag(0x0028, 0x1040)
    static let pixelIntensityRelationshipSign = Tag(0x0028, 0x1041)
    static let rescaleType = Tag(0x0028, 0x1054)
    static let lossyImageCompression = Tag(0x0028, 0x2110)
    static let acquisitionContextSequence = Tag(0x0040, 0x0555)
    static let viewCodeSequence = Tag(0x0054, 0x0220)
    static let viewModifierCodeSequence = Tag(0x0054, 0x0222)
}
