import DICOMCore

// Reading the rules that say which results a destination gets.
extension AEOptions {
    /// Senders that one destination may name: more than one hospital has modalities for chests.
    private static let titleLimit = 256

    static func titles(_ text: String) throws(GatewayError) -> [String] {
        let titles = text.split(separator: ",").map(String.init)
        guard titles.count <= titleLimit else { throw .badRequest("\(titleLimit) AE titles at most") }
        for title in titles where AETitle(title)?.value != title {
            throw .badRequest("results-of is a list of AE titles, comma between, no spaces")
        }
        return titles
    }

    static func objects(_ text: String) throws(GatewayError) -> Set<ResultObject> {
        var objects: Set<ResultObject> = []
        for name in text.split(separator: ",") {
            guard let object = ResultObject(rawValue: String(name)) else {
                throw .badRequest("objects are \(ResultObject.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            objects.insert(object)
        }
        return objects
    }
}
