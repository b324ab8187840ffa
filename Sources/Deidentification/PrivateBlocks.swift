import DICOMCore
import StandardTables

/// Which private elements of one data set are declared safe, and the creators that their blocks need.
///
/// Source: PS3.15 E.3.10 (Retain Safe Private Option), PS3.5 7.8.1.
struct PrivateBlocks {
    private var safe: Set<Tag> = []

    init(_ dataSet: DataSet, _ profile: DeidentificationProfile) {
        var creators: [Tag: String] = [:]
        for element in dataSet.elements where element.tag.isPrivateCreator && !element.isSequence {
            creators[element.tag] = dataSet.text(element.tag)
        }
        if creators.isEmpty { return }
        for element in dataSet.elements where element.tag.isPrivate && element.tag.element >= 0x1000 {
            let creatorTag = Tag(element.tag.group, element.tag.element >> 8)
            guard let creator = creators[creatorTag], !creator.isEmpty,
                profile.isSafe(private: element.tag, creator: creator, vr: element.vr)
            else { continue }
            safe.insert(element.tag)
            safe.insert(creatorTag)
        }
    }

    func keeps(_ element: DataElement) -> Bool { safe.contains(element.tag) }
}
