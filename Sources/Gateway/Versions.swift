import ModelCard

extension Product {
    /// Versions of the program and of its model.
    public static var versions: JSONValue {
        let model = (try? ModelPackage.builtIn().card.title) ?? "unusable"
        return .object(["cxrgate": .string(version), "model": .string(model)])
    }
}
