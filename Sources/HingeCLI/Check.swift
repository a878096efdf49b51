import ArgumentParser
import Foundation
import Hinge

/// `hinge check`: whether a model file follows the standard.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a model file against the standard, or against what a format can express.",
        discussion: """
            Reports what the ONNX standard forbids: unknown operators and attributes, wrong arity and types,
            values that are used before they are computed, names that clash, shapes that disagree. A file of
            another format is checked as the graph that it is read into. --to names another format, and --opset an
            older version of the operators: then everything that stands in the way of writing the model so is
            reported. --run reports every node that Hinge can't run. Exit status 1 says that there are errors.

            Examples:
              hinge check model.onnx
              hinge check model.onnx --to keras
              hinge check model.onnx --opset 13 --run
              hinge check model.keras --json
            """)

    @Argument(help: "The model file.", completion: .file())
    var file: String

    @Option(
        name: [.long, .customLong("target")],
        help: "The format to write: onnx, keras, h5, weights.h5 or hdf5; opset13 is ONNX at 13.",
        transform: WriteTarget.init(_:))
    var to = WriteTarget(format: "onnx")

    @Option(help: "The version of the ONNX operators to write.")
    var opset: Int?

    @Flag(name: .customLong("run"), help: "Report the nodes that can't be run, too.")
    var asksForRunning = false

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        progress.update("Reading \(file)")
        let model = try common.model(file)
        try withContext(.file(file)) { try model.requireGraph() }
        progress.update("Checking \(file)")
        var findings = try model.findings(
            for: to.format, options: WriteOptions(ONNXOptions(opset: opset ?? to.opset)))
        if asksForRunning { findings += try model.findingsAboutRunning() }
        progress.finish()
        let errors = findings.count { $0.severity == .error }
        if json {
            try JSONOutput.print(findings.map(Row.init))
        } else {
            for finding in findings {
                Terminal.print(
                    "\(finding.severity.rawValue): \(finding.text.printable) [\(finding.rule)]")
            }
            let warnings = findings.count - errors
            Terminal.print(
                "\(file.printable): \(Check.count(errors, "error")), \(Check.count(warnings, "warning"))"
            )
        }
        if errors > 0 { throw ExitCode(1) }
    }

    /// What is to be written: a format by its name, or `opset` and a version of the ONNX operators.
    struct WriteTarget {
        let format: String
        var opset: Int?

        init(format: String) { self.format = format }

        init(_ text: String) throws {
            guard text.hasPrefix("opset") else {
                format = text
                return
            }
            let digits = text.dropFirst("opset".count).drop { " =:".contains($0) }
            guard let version = Int(digits) else {
                throw ValidationError("expected a number behind 'opset', found '\(digits)'")
            }
            format = "onnx"
            opset = version
        }
    }

    /// A finding as JSON.
    private struct Row: Encodable {
        let rule: String
        let isError: Bool
        let text: String

        init(_ finding: Finding) {
            rule = finding.rule
            isError = finding.severity == .error
            text = finding.text
        }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Format.count(number)) \(noun)\(number == 1 ? "" : "s")"
    }
}
