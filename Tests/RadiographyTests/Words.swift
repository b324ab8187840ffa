import DICOMCore

/// Swift Testing has tags of its own; here a tag is the address of an attribute.
typealias Tag = DICOMCore.Tag
