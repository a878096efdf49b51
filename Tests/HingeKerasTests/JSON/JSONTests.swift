import HingeArchive
import HingeGraph
import Testing

@testable import HingeKeras

@Suite struct JSONTests {
    /// What Python 3.11's `json.loads` gives for each text.
    @Test(
        arguments: [
            ("null", .null), (" true ", true), ("-0", 0), ("12", 12), ("-1.5e3", -1500.0),
            ("1e400", .number(.infinity)), ("-Infinity", .number(-.infinity)),
            ("Infinity", .number(.infinity)),
            ("9223372036854775807", .integer(.max)), ("140208795557136", 140_208_795_557_136),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            (#""a\n\u00e9\ud83d\ude00\/""#, .string("a\né😀/")), ("[]", []),
            ("[1, [2], {}]", [1, [2], .object(JSONObject())]),
            (#"{"b": 1, "a": null}"#, ["b": 1, "a": .null]),
        ] as [(String, JSONValue)])
    func reads(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONParser.parse(text) == expected)
    }

    @Test func readsNotANumber() throws {
        #expect(try JSONParser.parse("NaN").double?.isNaN == true)
    }

    @Test(arguments: [
        ("", "byte 0: expected a value, found the end of the text"),
        ("[1,]", "byte 3: expected a value, found ']'"),
        ("[1 2]", "byte 3: expected ',' or ']', found '2'"),
        ("01", "byte 1: expected the end of the text, found '1'"),
        ("-", "byte 1: expected a digit, found the end of the text"),
        ("1.", "byte 2: expected a digit, found the end of the text"),
        ("{\"a\": 1, \"a\": 2}", "byte 9: the key \"a\" occurs twice"),
        ("{a: 1}", "byte 1: expected a key, found 'a'"),
        ("\"\\x\"", "byte 2: expected an escape, found 'x'"),
        ("\"\\ud800\"", "byte 7: half of a surrogate pair stands alone"),
        ("\"\u{1}\"", "byte 1: a control character stands in a string"),
        ("\"abc", "byte 4: expected the end of the string, found the end of the text"),
        ("nul", "byte 0: expected a value, found 'n'"),
    ])
    func refuses(_ text: String, _ message: String) {
        let error = #expect(throws: HingeError.self) { try JSONParser.parse(text) }
        #expect(error?.description == message)
    }

    @Test func refusesBytesThatAreNotText() {
        let bytes: [UInt8] = [0x22, 0xFF, 0x22]
        let error = #expect(throws: HingeError.self) {
            try bytes.withUnsafeBytes { try JSONParser.parse($0) }
        }
        #expect(error?.description == "byte 0: a string is not UTF-8")
    }

    @Test func limitsDepthAndNumber() {
        let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        let tooDeep = #expect(throws: HingeError.self) { try JSONParser.parse(deep) }
        #expect(
            tooDeep?.description == "byte 256: expected at most 256 values inside each other")
        var limits = JSONParser.Limits()
        limits.valueCount = 3
        let tooMany = #expect(throws: HingeError.self) {
            try JSONParser.parse("[1,2,3]", limits: limits)
        }
        #expect(tooMany?.description == "byte 5: expected at most 3 values")
    }

    /// What Python 3.11's `json.dumps` gives for each value.
    @Test(
        arguments: [
            (1.0, "1.0"), (0.1, "0.1"), (1e-05, "1e-05"), (1e16, "1e+16"),
            (123_456_789.125, "123456789.125"),
            (.number(.nan), "NaN"), (.number(-.infinity), "-Infinity"), (.integer(-7), "-7"),
            (.string("é\"\\\u{7}😀\n"), #""\u00e9\"\\\u0007\ud83d\ude00\n""#),
            (
                ["a": [1, 2.5, .null, true], "b": .object(JSONObject())],
                #"{"a": [1, 2.5, null, true], "b": {}}"#
            ),
        ] as [(JSONValue, String)])
    func writes(_ value: JSONValue, _ expected: String) {
        #expect(JSONWriter.text(value) == expected)
    }

    /// Configurations that Python wrote come out as they went in, to the byte.
    @Test(arguments: Sample.all.map(\.file).filter { $0.hasSuffix(".keras") })
    func writesWhatPythonWrote(_ file: String) throws {
        let archive = try ZipArchive(file: MappedFile(path: "\(Fixtures.root)/keras/\(file)"))
        let text = try archive.text(of: "config.json")
        #expect(JSONWriter.text(try JSONParser.parse(text)) == text)
    }

    @Test func keepsTheOrderOfMembers() {
        var object = JSONObject()
        object["b"] = 1
        object["a"] = 2
        object["c"] = 3
        object["a"] = nil
        object["b"] = 4
        #expect(object.keys == ["b", "c"])
        #expect(object["c"] == 3)
        #expect(object["b"] == 4)
    }
}
