import DICOMCore
import Testing

@testable import Gateway

@Suite struct DocumentTests {
    @Test("a document is written as Markdown and as one page of HTML, with nothing that a browser would take for a tag")
    func write() {
        var document = Document()
        document.heading(1, "Ports & <peers>")
        document.table(["a", "b"], [["1|2", "`code <x>`"]])
        document.list(["one", "two"])
        #expect(
            document.markdown == """
                # Ports & <peers>

                | a | b |
                | --- | --- |
                | 1\\|2 | `code <x>` |

                - one
                - two

                """)
        #expect(document.html.contains("<h1>Ports &amp; &lt;peers&gt;</h1>"))
        #expect(document.html.contains("<td><code>code &lt;x&gt;</code></td>"))
        #expect(document.html.contains("<title>Ports &amp; &lt;peers&gt;</title>"))
    }

    @Test("the statement has a name of the standard for everything that it claims, and follows the configuration")
    func statement() {
        var configuration = GatewayConfiguration()
        configuration.optionalObjects = [.presentationState, .keyObjects]
        let claimed = ClaimedContext.accepted + ClaimedContext.proposed(configuration)
        for context in claimed {
            #expect(DICOMNames.sopClasses[context.abstractSyntax] != nil, "\(context.abstractSyntax)")
            for syntax in context.transferSyntaxes { #expect(DICOMNames.transferSyntaxes[syntax] != nil, "\(syntax)") }
        }
        let statement = ConformanceStatement(configuration).markdown
        #expect(statement.contains("Grayscale Softcopy Presentation State Storage"))
        configuration.optionalObjects = []
        configuration.heatmap = .never
        let shorter = ConformanceStatement(configuration).markdown
        #expect(!shorter.contains("Grayscale Softcopy Presentation State Storage"))
        #expect(!shorter.contains("1.1.7 | heat maps |"))
        #expect(shorter == ConformanceStatement(configuration).markdown)
    }
}
