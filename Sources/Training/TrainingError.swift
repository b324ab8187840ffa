/// What can go wrong in training. Names no file and no person: the row of the label table is enough to find either.
public enum TrainingError: Error, Equatable, Sendable {
    /// The label table is missing or cannot be read.
    case noLabels
    /// A row of the label table that cannot be understood (1 is the header).
    case badRow(row: Int)
    /// A picture that cannot be decoded.
    case undecodable
    /// The picture of one row of the label table cannot be decoded.
    case undecodableRow(row: Int)
    /// Too little to train on: each class needs pictures on both sides of the split.
    case tooFewPictures
    /// A setting out of range.
    case badConfiguration(setting: String)
    /// The loss is no longer a number.
    case diverged(epoch: Int)
    /// The checkpoint cannot be written.
    case cannotWrite
    /// The engine refused the network.
    case engine(code: String)

    /// A stable code for logs, documents and scripts.
    public var code: String {
        switch self {
        case .noLabels: "TRN-001"
        case .badRow: "TRN-002"
        case .undecodable, .undecodableRow: "TRN-003"
        case .tooFewPictures: "TRN-004"
        case .badConfiguration: "TRN-005"
        case .diverged: "TRN-006"
        case .cannotWrite: "TRN-007"
        case .engine: "TRN-008"
        }
    }
}

extension TrainingError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String {
        switch self {
        case .noLabels: "\(code): labels.csv cannot be read in the data folder"
        case .badRow(let row):
            "\(code): row \(row) of labels.csv lacks file, split, pneumonia (0 or 1) or patient_group"
        case .undecodable: "\(code): a picture does not fill its rows and columns"
        case .undecodableRow(let row):
            "\(code): the picture in row \(row) of labels.csv cannot be decoded; check the file"
        case .tooFewPictures: "\(code): training and validation each need pictures of both classes; add data"
        case .badConfiguration(let setting): "\(code): the setting \(setting) is out of range"
        case .diverged(let epoch): "\(code): the loss is not a number in epoch \(epoch); lower the learning rate"
        case .cannotWrite: "\(code): the checkpoint cannot be written; check the folder and its free space"
        case .engine(let code): "\(self.code): the engine refused the network (\(code)); check sizes and widths"
        }
    }
}
