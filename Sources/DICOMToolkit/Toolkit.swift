import CDCMTK

/// DCMTK's state per process.
public enum Toolkit {
    /// Loads the data dictionary and the codecs, which reads files. Everything here does it on first use; a process that
    /// will lock itself in does it before. Any number of times, from any thread.
    public static func prepare() { cdcmtk_initialize() }
}
