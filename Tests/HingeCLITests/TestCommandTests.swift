import Foundation
import Testing

@Suite struct TestCommandTests {
    /// Makes a test of the standard's layout from a model and its recording.
    private func makeTest(_ folder: String, tolerance: String? = nil) throws {
        let manager = FileManager.default
        let set = "\(folder)/test_data_set_0"
        try manager.createDirectory(atPath: set, withIntermediateDirectories: true)
        try manager.copyItem(
            atPath: Tool.fixture("onnx/torch-lstm.onnx"), toPath: "\(folder)/model.onnx")
        try manager.copyItem(
            atPath: Tool.fixture("onnx/torch-lstm.npz"), toPath: "\(set)/recorded.npz")
        guard let tolerance else { return }
        try tolerance.write(toFile: "\(folder)/data.json", atomically: true, encoding: .utf8)
    }

    private func report(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func passesWhatKerasRecorded() throws {
        let result = try Tool.run(
            "test", Tool.fixture("keras"), "--filter", "k315_func.*", "--verbose")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        #expect(
            result.output.hasPrefix(
                "passed k315_func.h5\npassed k315_func.keras\n2 of 2 tests passed; "))
    }

    @Test func aStatedToleranceHolds() throws {
        try Tool.withFolder { folder in
            try makeTest("\(folder)/a/loose")
            // PyTorch sums in another order.
            try makeTest("\(folder)/a/strict", tolerance: #"{"rtol": 0, "atol": 0}"#)
            try makeTest("\(folder)/b/wrong", tolerance: #"{"rtol": "no"}"#)
            let junit = "\(folder)/report.xml"
            let result = try Tool.run("test", folder, "--json", "--junit", junit)
            #expect(result.status == 1)
            let report = try report(result.output)
            #expect(report["count"] as? Int == 3)
            #expect(report["passed"] as? Int == 1)
            #expect(report["different"] as? Int == 1)
            #expect(report["error"] as? Int == 1)
            let tests = try #require(report["tests"] as? [[String: Any]])
            #expect(tests.map { $0["name"] as? String } == ["a/loose", "a/strict", "b/wrong"])
            #expect(tests[1]["engine"] as? String == "reference")
            #expect(tests[1]["dataSet"] as? String == "test_data_set_0")
            #expect((tests[1]["place"] as? [Int])?.isEmpty == false)
            let expected = try #require(Float(tests[1]["expected"] as? String ?? ""))
            let found = try #require(Float(tests[1]["found"] as? String ?? ""))
            #expect(expected != found)
            #expect(abs(expected - found) < 1e-5)
            #expect(
                tests[2]["message"] as? String
                    == "\(folder)/b/wrong/data.json: expected a JSON object with numbers 'rtol' and "
                    + "'atol'")
            let text = try String(contentsOfFile: junit, encoding: .utf8)
            #expect(text.contains(#"<testsuite name="hinge" tests="3" failures="1" errors="1""#))
            #expect(text.contains(#"<testcase classname="a" name="loose""#))
            #expect(text.contains(#"<failure type="different" message="test_data_set_0: "#))
            #expect(text.contains(#"<error type="error" message=""#))
            _ = try XMLReading.elements(text)
        }
    }

    @Test func chosenTestsRun() throws {
        try Tool.withFolder { folder in
            try makeTest("\(folder)/first")
            try makeTest("\(folder)/second", tolerance: #"{"rtol": 0, "atol": 0}"#)
            #expect(try Tool.run("test", folder, "--filter", "first").status == 0)
            #expect(try Tool.run("test", folder, "--filter", "f?rst").status == 0)
            #expect(try Tool.run("test", folder, "--exclude", "sec*").status == 0)
            let none = try Tool.run("test", folder, "--filter", "third")
            #expect(none.status == 66)
            #expect(
                none.errors
                    == "hinge: none of the 2 tests in '\(folder)' is wanted\n")
            let inferred = try Tool.run(
                "test", "\(folder)/first", "--engine", "fast", "--opset", "22", "--simplify",
                "--inference")
            #expect(inferred.status == 0, "\(inferred.output)")
            #expect(inferred.output.contains("inferred: the shapes of all outputs in "))
        }
    }

    @Test func aFolderWithoutTestsIsAnError() throws {
        try Tool.withFolder { folder in
            let result = try Tool.run("test", folder)
            #expect(result.status == 66)
            #expect(result.errors == "hinge: found no test in '\(folder)'\n")
            #expect(try Tool.run("test", "\(folder)/nonesuch").status == 66)
        }
    }
}

/// Reads XML to see that it is well formed.
private enum XMLReading {
    static func elements(_ text: String) throws -> Int {
        var depth = 0
        var count = 0
        for match in text.matches(of: /<(\/?)([a-z]+)(?:\s+[a-z]+="[^"<]*")*\s*(\/?)>/) {
            count += 1
            if !match.output.1.isEmpty { depth -= 1 } else if match.output.3.isEmpty { depth += 1 }
            #expect(depth >= 0)
        }
        #expect(depth == 0)
        #expect(count == text.filter { $0 == "<" }.count - 1)
        return count
    }
}
