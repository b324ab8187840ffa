/// Where heat maps point: the share of positive evidence inside the thorax, over the true positives.
public struct SaliencyFigures: Sendable, Hashable, Codable {
    /// True positives that were looked at.
    public let cases: Int
    /// Of these, without any positive evidence: they have no share.
    public let silent: Int
    /// Of these, pictures in which no lungs were found; the mask is then the middle of the picture.
    public let unmasked: Int
    /// Mean share of positive evidence inside the mask, 0…1; `nil` without a case.
    public let meanShare: Double?
    /// The share of all positive evidence together that lies inside, 0…1.
    public let pooledShare: Double?
    /// Mean share of the picture that the mask covers: what chance would give.
    public let meanMaskShare: Double?
}
