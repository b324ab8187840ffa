import ArgumentParser
import Gateway

struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print versions.", discussion: "Example: cxrgate version --json")
    static let text = Product.version
    @OptionGroup var options: Options

    func run() async throws {
        options.answered(Product.versions) { Table.list($0, ["cxrgate", "model"]) }
    }
}
