/// What a model file may ask for. A file that asks for more is refused before memory or time is spent on it.
package enum Limits {
    /// The largest published chest X-ray classifiers have 100 to 350 MB of weights.
    package static let fileBytes = 512 << 20
    /// Everything in a file that is not weights: names, attributes, shapes. DenseNet-121 has 0.3 MB. Such bytes grow
    /// up to some fifty times when they are decoded.
    package static let structureBytes = 8 << 20
    /// Fields of the wire format outside weights. DenseNet-121 has about 30,000.
    package static let structureFields = 500_000
    /// DenseNet-201 has 709 operators; exporters add some for each of them.
    package static let nodes = 10_000
    /// Elements of one tensor (256 MiB). A batch of 32 pictures of 1024 x 1024 in 2 channels is as large.
    package static let tensorElements = 1 << 26
    /// Elements of all activations of one run (2 GiB), because a run keeps them for the explanation.
    package static let activationElements = 1 << 29
    /// Multiplications and additions of one run; ResNet-152 at 224 pixels has 2.3e10.
    package static let operations = 4_000_000_000_000
    /// Weights of one output of a convolution; 512 channels x 7 x 7 is 25,088.
    package static let windowElements = 1 << 20
    /// Those weights times the width of the output: one unfolded row (256 MiB). 4,608 weights by 112 are half a
    /// million.
    package static let unfoldedElements = 1 << 26
    /// Elements and operations that go into computing constants beforehand, for the whole file.
    package static let foldedElements = 1 << 26
    package static let foldedOperations = 1 << 32
    /// Extents of kernels, strides, dilations and paddings.
    package static let windowExtent = 1 << 14
    /// [N, C, H, W] and two more for channel shuffles.
    package static let rank = 6
    /// Indices of one Gather: classifiers pick one token, or reorder some channels.
    package static let gathered = 1_024
    /// Pictures that are scored at once; more would wait longer than they gain.
    package static let batch = 64
    /// Workspaces that wait for the next run of one size: runs at the same time are few.
    package static let waitingWorkspaces = 4
    /// Threads of one run: a network of this size has some tens of tasks in each step.
    package static let threads = 16
    /// Characters of a name that is kept or shown.
    package static let nameLength = 200
}
