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
    /// Settings out of range or in contradiction: all of them.
    case badConfiguration(problems: [String])
    /// The loss is no longer a number.
    case diverged(epoch: Int)
    /// A file of the run cannot be written.
    case cannotWrite
    /// The engine refused the network.
    case engine(code: String)
    /// The checkpoint is damaged.
    case badCheckpoint
    /// The checkpoint belongs to other settings or other data.
    case otherTraining
    /// There is no such run.
    case noRun
    /// A file of a run cannot be read.
    case cannotRead
    /// Ended by a person.
    case stopped(run: String)

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
        case .badCheckpoint: "TRN-009"
        case .otherTraining: "TRN-010"
        case .noRun: "TRN-011"
        case .cannotRead: "TRN-012"
        case .stopped: "TRN-013"
        }
    }
}

extension TrainingError: CustomStringConvertible {
    /// The code, what happened, and what to do about it.
    public var description: String {
        switch self {
        case .noLabels: "\(code): the label table (data.labels) cannot be read in the data folder (data.folder)"
        case .badRow(1):
            "\(code): the heading of the label table lacks file, patient_group, the column named by data.label, or split"
        case .badRow(let row):
            "\(code): row \(row) of the label table has another number of fields than the heading, a file outside the "
                + "folder, no patient_group, or a label that is none of data.classes (without classes: 0 or 1)"
        case .undecodable: "\(code): a picture does not fill its rows and columns"
        case .undecodableRow(let row):
            "\(code): the picture in row \(row) of the label table cannot be decoded; check the file"
        case .tooFewPictures:
            "\(code): training and validation each need pictures of every class, and training a full batch; add data, "
                + "or lower training.batch"
        case .badConfiguration(let problems):
            "\(code): the training configuration cannot be used:\n"
                + problems.map { "  - \($0)" }.joined(separator: "\n")
        case .diverged(let epoch): "\(code): the loss is not a number in epoch \(epoch); lower optimiser.rate"
        case .cannotWrite: "\(code): a file of the run cannot be written; check the folder and its free space"
        case .engine(let code): "\(self.code): the engine refused the network (\(code)); check sizes and widths"
        case .badCheckpoint: "\(code): the checkpoint is damaged or cut short; start the training anew"
        case .otherTraining:
            "\(code): the checkpoint was made with other settings, other pictures or other labels; resume with its own"
        case .noRun: "\(code): there is no such run; cxrgate runs list shows them"
        case .stopped(let run): "\(code): stopped; go on with cxrgate train --resume \(run)"
        case .cannotRead: "\(code): a file of the run cannot be read, or is not what it was when the run ended"
        }
    }
}
