/// What an evaluation bounds, and why.
public enum EvaluationLimits {
    /// A row of a table: a path of 4,096 bytes and a thousand probabilities fit.
    static let rowBytes = 1 << 16
    /// What one sort holds in memory before it goes to disk; two sorts live at a time, whatever the number of cases.
    public static let sortBytes = 32 << 20
    /// Sorted pieces that are merged at once: with `sortBytes`, more than 300 million cases.
    static let sortedPieces = 512
    /// Different values of one subgroup column; a table of more is not read.
    static let groups = 64
    /// Classes of a model; the memory of a bootstrap grows with them.
    public static let classes = 64
    /// Rows that an error names.
    static let namedRows = 5
    /// Bootstrap replicates: fewer say nothing of a 95 % interval, more only cost time.
    public static let replicates = 20...10_000
    /// Bins of the reliability curve.
    public static let bins = 2...100
    /// A drawn curve leaves out a vertex nearer than this to the one before, along both axes together.
    static let curveStep = 1.0 / 400
    /// Bars of a score histogram.
    static let histogramBars = 25
    /// Pictures of worst errors, each way.
    public static let worstErrors = 12
    /// Heat maps on the contact sheet.
    public static let contactSheet = 48
}
