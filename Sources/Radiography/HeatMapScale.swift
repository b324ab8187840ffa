/// The absolute scale of a heat map: which value gets which colour, and how much of the radiograph stays visible.
public enum HeatMapScale {
    /// The outline, and the region in the report, are drawn where the map reaches this value.
    public static let supportLevel: Float = 0.5
    /// Nothing is drawn below: what is there is noise of the explanation, and a negative image must not glow.
    static let floor: Float = 0.2
    /// The radiograph must remain readable under the strongest colour.
    static let maximumOpacity: Float = 0.45

    /// How opaque the colour of a value is, 0…`maximumOpacity`, without a step at the floor.
    static func opacity(_ value: Float) -> Float {
        let part = min(max((value - floor) / (0.75 - floor), 0), 1)
        return part * part * (3 - 2 * part) * maximumOpacity
    }

    /// Red, green, blue of a value in 0…1.
    static func colour(_ value: Float) -> RGBImage.Colour {
        let level = Int(min(max(value, 0), 1) * 255 + 0.5)
        return RGBImage.Colour(
            red: HeatColours.table[level * 3], green: HeatColours.table[level * 3 + 1],
            blue: HeatColours.table[level * 3 + 2])
    }
}
