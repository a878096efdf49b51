import Foundation
import Hinge

/// What came of one test.
struct TestResult: Sendable {
    let name: String
    let outcome: ModelTest.Outcome
    let inferred: ModelTest.InferredOutputs?
    let seconds: Double

    /// Whether the test passed, and nothing wrong was inferred.
    var isPassed: Bool { outcome.verdict == .passed && inferred != .wrong }

    /// What went wrong.
    var message: String {
        outcome.verdict == .passed && inferred == .wrong
            ? "the shapes inferred of outputs are not those recorded" : outcome.description
    }
}

/// What came of all tests.
struct TestSummary {
    let results: [TestResult]
    let seconds: Double

    init(_ results: [TestResult], seconds: Double) {
        self.results = results
        self.seconds = seconds
    }

    /// Whether all tests passed.
    var isPassed: Bool { results.allSatisfy(\.isPassed) }

    private func count(_ verdict: ModelTest.Outcome.Verdict) -> Int {
        results.count { $0.outcome.verdict == verdict }
    }

    private func count(_ inferred: ModelTest.InferredOutputs) -> Int {
        results.count { $0.inferred == inferred }
    }

    /// Prints a line for each test that did not pass, and the numbers of all.
    func print(verbose: Bool, hasInference: Bool) {
        for result in results where verbose || !result.isPassed {
            let verdict =
                result.isPassed
                ? "passed"
                : result.inferred == .wrong
                    ? "different" : result.outcome.verdict.rawValue
            let note = result.isPassed ? drawn(result) : ": \(result.message)"
            Terminal.print("\(verdict) \(result.name)\(note)".printable)
        }
        if hasInference {
            let (complete, partial) = (count(.complete), count(.partial))
            let all = complete + partial + count(.unknown) + count(.wrong)
            Terminal.print(
                "inferred: the shapes of all outputs in \(Format.count(complete)) of "
                    + "\(Format.count(all)), some in \(Format.count(partial)), "
                    + "wrong in \(count(.wrong))")
        }
        let random = results.count { !$0.outcome.drawnOutputs.isEmpty }
        let passed =
            "\(Format.count(results.count { $0.isPassed })) of \(Format.count(results.count)) tests passed"
            + (random > 0 ? " (\(random) by what they could have drawn)" : "")
        let others = [
            (count(.different) + count(.wrong), "different"), (count(.error), "with an error"),
            (count(.unsupported), "unsupported"),
        ].filter { $0.0 > 0 }.map { ", \(Format.count($0.0)) \($0.1)" }
        Terminal.print(passed + others.joined() + "; \(Format.time(seconds))")
    }

    private func drawn(_ result: TestResult) -> String {
        let names = result.outcome.drawnOutputs.map { "'\($0)'" }
        return names.isEmpty ? "" : ": random, judged as draws: \(names.joined(separator: ", "))"
    }
}

extension TestSummary: Encodable {
    private enum Key: String, CodingKey {
        case count, passed, different, error, unsupported, inferred, seconds, tests
    }

    private struct Inferred: Encodable {
        let complete: Int
        let partial: Int
        let unknown: Int
        let wrong: Int
    }

    private struct Row: Encodable {
        let name: String
        let isPassed: Bool
        let verdict: String
        let message: String?
        let engine: String?
        let dataSet: String?
        let output: String?
        let part: String?
        let place: [Int]?
        let expected: String?
        let found: String?
        let drawnOutputs: [String]
        let inferred: String?
        let seconds: Double

        init(_ result: TestResult) {
            let outcome = result.outcome
            name = result.name
            isPassed = result.isPassed
            verdict = outcome.verdict.rawValue
            message = result.isPassed ? nil : result.message
            engine = outcome.engine?.rawValue
            dataSet = outcome.dataSet
            output = outcome.output
            part = outcome.difference?.part
            place = outcome.difference?.place
            expected = outcome.difference?.expected
            found = outcome.difference?.found
            drawnOutputs = outcome.drawnOutputs
            inferred = result.inferred?.rawValue
            seconds = result.seconds
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(results.count, forKey: .count)
        try container.encode(results.count { $0.isPassed }, forKey: .passed)
        for (verdict, key) in [
            (ModelTest.Outcome.Verdict.different, Key.different), (.error, .error),
            (.unsupported, .unsupported),
        ] {
            try container.encode(count(verdict), forKey: key)
        }
        if results.contains(where: { $0.inferred != nil }) {
            try container.encode(
                Inferred(
                    complete: count(.complete), partial: count(.partial), unknown: count(.unknown),
                    wrong: count(.wrong)), forKey: .inferred)
        }
        try container.encode(seconds, forKey: .seconds)
        try container.encode(results.map(Row.init), forKey: .tests)
    }
}
