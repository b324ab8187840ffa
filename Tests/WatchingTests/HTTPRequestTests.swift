import Testing
import Watching

struct HTTPRequestTests {
    private func request(_ text: String) -> HTTPRequest? { HTTPRequest(Array(text.utf8)) }

    @Test func `Method, path and host are read`() throws {
        let head = "GET /metrics?x=1 HTTP/1.1\r\nAccept: */*\r\nhOsT: \t127.0.0.1:9475 \r\n\r\n"
        let read = try #require(request(head))
        #expect(read.method == "GET" && read.path == "/metrics" && read.host == "127.0.0.1:9475")
        #expect(read.isForLoopback)
    }

    @Test(arguments: ["localhost", "LOCALHOST:80", "127.0.0.1"])
    func `The loopback has three names`(_ host: String) {
        #expect(request("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")?.isForLoopback == true)
    }

    @Test(arguments: [
        "Host: attacker.example", "Host: 127.0.0.1.attacker.example", "Accept: */*", "Host: localhost\r\nHost: x",
    ])
    func `Anyone else is not meant`(_ field: String) {
        #expect(request("GET / HTTP/1.1\r\n\(field)\r\n\r\n")?.isForLoopback == false)
    }

    @Test(arguments: [
        "", "GET\r\n\r\n", "GET / HTTP/2\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET http://x/ HTTP/1.1\r\n\r\n",
        "GET /\u{0} HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "GET /é HTTP/1.1\r\n\r\n",
    ])
    func `What is no request is none`(_ head: String) {
        #expect(request(head) == nil)
    }

    @Test func `A head has an end, and a longest length`() {
        #expect(!HTTPRequest.isComplete(Array("GET / HTTP/1.1\r\n".utf8)))
        #expect(!HTTPRequest.isComplete([13, 10, 13]))
        #expect(HTTPRequest.isComplete(Array("GET / HTTP/1.1\r\n\r\n".utf8)))
        let long = "GET /" + String(repeating: "a", count: HTTPRequest.longestHead) + " HTTP/1.1\r\n\r\n"
        #expect(request(long) == nil)
    }

    @Test func `An answer says how long it is, and that nothing may be kept or fetched from elsewhere`() {
        let response = HTTPResponse(status: 200, mediaType: "application/json", body: "{\"ü\":1}")
        let text = String(decoding: response.bytes(), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n"))
        #expect(text.hasSuffix("\r\n\r\n{\"ü\":1}"))
        #expect(text.contains("Cache-Control: no-store") && text.contains("default-src 'none'"))
        #expect(String(decoding: response.bytes(isHead: true), as: UTF8.self).hasSuffix("\r\n\r\n"))
    }
}
