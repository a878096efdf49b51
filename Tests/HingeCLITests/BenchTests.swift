import Foundation
import Testing

/// `hinge bench` and `hinge inspect --plan`.
@Suite struct BenchTests {
    private static let model = Tool.fixture("digits/digits-torch.onnx")
    private static let recording = Tool.fixture("digits/digits-torch.npz")

    private func json(_ result: Tool.Result) throws -> [String: Any] {
        #expect(result.status == 0, "\(result.errors)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    }

    @Test(arguments: ["fast", "reference"])
    func figuresFitTogether(_ engine: String) throws {
        let report = try json(
            Tool.run(
                "bench", Self.model, "--input", Self.recording, "--runs", "4", "--threads", "1",
                "--engine", engine, "--json"))
        #expect(report["engine"] as? String == engine)
        #expect(report["threads"] as? Int == 1)
        #expect(report["runs"] as? Int == 4)
        let times = try #require(report["times"] as? [Double]).sorted()
        #expect(times.count == 4 && times[0] > 0)
        // The median of four is the mean of the middle two.
        let median = try #require(report["median"] as? Double)
        #expect(abs(median - (times[1] + times[2]) / 2) < 1e-9 * times[3])
        #expect(report["minimum"] as? Double == times[0])
        // Seven tenths of the way from the third to the fourth.
        let high = try #require(report["percentile90"] as? Double)
        #expect(abs(high - (times[2] + 0.7 * (times[3] - times[2]))) < 1e-9 * times[3])
        let compiling = try #require(report["compiling"] as? Double)
        #expect(compiling > 0 && compiling < (report["firstOutput"] as? Double ?? 0))
        #expect(report["steps"] == nil)
        #expect(try #require(report["peakMemory"] as? Int) > 1 << 20)
        #if os(Linux)
            let start = try #require(report["startMemory"] as? Int)
            #expect(try #require(report["peakMemory"] as? Int) > start && start > 0)
        #endif
    }

    @Test func textNamesEachFigure() throws {
        let result = try Tool.run(
            "bench", Self.model, "--shape", "image=2,1,8,8", "--rounds", "2", "--threads", "2",
            "--profile", "--top", "2")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "\(Self.model): fast engine, 2 threads")
        #expect(lines[1] == "  runs                  2")
        for (line, title) in zip(
            lines[2...],
            ["median", "minimum", "90th percentile", "compiling", "file to first output"])
        {
            #expect(line.hasPrefix("  \(title) ") && line.hasSuffix("s"))
        }
        #expect(lines[7].hasPrefix("  peak memory ") && lines[7].hasSuffix("MB"))
        // The table: its title, two steps, and a line for the others.
        #expect(lines[8].hasPrefix("  Node ") && lines[8].hasSuffix("Share"))
        #expect(lines.count == 12 && lines[11].hasPrefix("  ("))
        #expect(lines[9...].allSatisfy { $0.hasSuffix(" %") })
    }

    @Test func profileAndTraceHoldEachStep() throws {
        try Tool.withFolder { folder in
            let report = try json(
                Tool.run(
                    "bench", Self.model, "--input", Self.recording, "--runs", "3", "--json",
                    "--profile", "--trace", "\(folder)/trace.json"))
            let steps = try #require(report["steps"] as? [[String: Any]])
            let shares = steps.compactMap { $0["share"] as? Double }
            #expect(shares.count == steps.count && abs(shares.reduce(0, +) - 1) < 1e-6)
            #expect(shares == shares.sorted(by: >))
            #expect(steps.allSatisfy { $0["count"] as? Double == 1 })
            let described = steps.compactMap { $0["step"] as? [String: Any] }
            #expect(described.count == steps.count - 1)
            #expect(described.contains { ($0["operators"] as? [String])?.contains("Conv") == true })

            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/trace.json"))
            let trace = try #require(
                try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let events = try #require(trace["traceEvents"] as? [[String: Any]])
            #expect(events.count == 3 * steps.count)
            #expect(events.allSatisfy { $0["ph"] as? String == "X" })
            func times(_ event: [String: Any]) throws -> (Double, Double) {
                let start = try #require(event["ts"] as? Double)
                return (start, start + (try #require(event["dur"] as? Double)))
            }
            let runs = try events.filter { $0["name"] as? String == "run" }.map(times)
            #expect(runs.count == 3)
            for event in events where event["args"] != nil {
                let (start, end) = try times(event)
                // A thousandth of a microsecond for rounding.
                #expect(runs.contains { $0.0 <= start + 1e-3 && end <= $0.1 + 1e-3 })
            }
        }
    }

    @Test func servesOneCommandALine() throws {
        let script =
            "printf 'run 3\\ncompile 2\\nrun 0\\nquit\\nrun 1\\n' | \"$0\" bench \"$1\" --serve"
        let result = try Tool.run(
            ["-c", script, try Tool.program().path, Self.model],
            program: URL(fileURLWithPath: "/bin/sh"))
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.map { $0.split(separator: " ").count } == [3, 2, 0, 0])
        let times = lines[0].split(separator: " ").compactMap { Double($0) }
        #expect(times.count == 3 && times.allSatisfy { $0 > 0 })
    }

    @Test(arguments: [
        (["--runs", "0"], 64, "--runs must be at least 1."),
        (["--threads", "0"], 64, "--threads must be at least 1."),
        (["--top", "0", "--profile"], 64, "--top must be at least 1."),
        (["--trace", "x.json"], 64, "--trace needs --profile."),
        (["--shape", "image"], 64, "expected --shape NAME=2,3,4, found 'image'"),
        (["--shape", "picture=1"], 64, "the model has no input 'picture'; it has 'image'"),
    ])
    func wrongArguments(_ arguments: [String], _ status: Int32, _ message: String) throws {
        let result = try Tool.run(["bench", Self.model] + arguments)
        #expect(result.status == status)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.output.isEmpty)
    }

    @Test func planIsInspectedWithoutRunning() throws {
        let arguments = ["inspect", Self.model, "--plan", "--shape", "image=3,1,8,8"]
        let report = try json(Tool.run(arguments + ["--json"]))
        let plan = try #require(report["plan"] as? [String: Any])
        let steps = try #require(plan["steps"] as? [[String: Any]])
        let outputs = steps.compactMap { ($0["outputs"] as? [String])?.first }
        #expect(outputs.last == "float32[3, 10]")
        #expect(try #require(plan["arenaByteCount"] as? Int) > 0)
        let text = try Tool.run(arguments)
        #expect(text.status == 0)
        #expect(text.output.contains("\nPlan\n  Step  Node"))
        #expect(text.output.contains("intermediate values"))
        let needless = try Tool.run("inspect", Self.model, "--shape", "image=3,1,8,8")
        #expect(needless.status == 64 && needless.errors.contains("--shape needs --plan."))
    }
}
