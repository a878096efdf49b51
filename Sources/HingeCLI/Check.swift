import ArgumentParser
import Foundation
import Hinge

/// `hinge check`: whether a model file follows the standard.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a model file against the standard.",
        discussion: """
            Reports what the ONNX standard forbids: unknown operators and attributes, wrong arity and types,
            values that are used before they are computed, names that clash, shapes that disagree. A file of
            another format is checked as the graph that it is read into. Exit status 1 says that there are
            errors.

            Examples:
              hinge check model.onnx
              hinge check model.keras --json
            """)

    @Argument(help: "The model file.", completion: .file())
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var common: CommonOptions

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        progress.update("Reading \(file)")
        let model = try common.model(file)
        try withContext(.file(file)) { try model.requireGraph() }
        progress.update("Checking \(file)")
        let findings = ModelCheck.run(model)
        progress.finish()
        let errors = findings.filter(\.isError).count
        if json {
            try JSONOutput.print(findings)
        } else {
            for finding in findings {
                let kind = finding.isError ? "error" : "warning"
                Terminal.print("\(kind): \(finding.text.printable) [\(finding.rule)]")
            }
            let warnings = findings.count - errors
            Terminal.print(
                "\(file.printable): \(Check.count(errors, "error")), \(Check.count(warnings, "warning"))"
            )
        }
        if errors > 0 { throw ExitCode(1) }
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(Format.count(number)) \(noun)\(number == 1 ? "" : "s")"
    }
}
