import ArgumentParser
import Foundation
import Hinge

/// `hinge simplify`: a model with fewer operators, with the proof that it computes the same.
struct SimplifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simplify",
        abstract: "Make a model smaller without changing what it computes, and prove it.",
        discussion: """
            Inlines functions, computes what depends on constants only, removes what does nothing, puts normalizations
            into weights, and recognises the operators that exporters write as many: the passes that also run when a
            model is run. An operator that the model's version of the standard doesn't have stays as it was written;
            --opset writes another version, which may have it.
            --shape makes an input's shape a part of the model, so that more can be computed ahead.
            The result is compared with the model, both run operator by operator, before the file takes its place. Exit
            status 1 says that they differ, and that nothing was written; or that no finite number was compared.

            Examples:
              hinge simplify model.onnx small.onnx
              hinge simplify model.onnx small.onnx --opset 21
              hinge simplify model.onnx small.onnx --shape x=1,3,224,224
            """)

    @Argument(help: "The model to read.", completion: .file())
    var input: String

    @Argument(help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "The version of the ONNX operators to write.")
    var opset: Int?

    @Flag(help: "Put the weights in a second file beside an ONNX model.")
    var externalData = false

    @Flag(help: "Write what operators of ONNX Runtime stand for: operators of the standard.")
    var standard = false

    @Flag(inversion: .prefixedNo, help: "Run both files and compare.")
    var verify = true

    @Flag(help: "Print the proof as JSON.")
    var json = false

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        let log = WarningLog()
        var conversion = try comparison.conversion()
        conversion.verifies = verify
        conversion.readOptions = common.readOptions
        conversion.warn = { log.warn($0, of: $1) }
        conversion.writeOptions = WriteOptions(
            ONNXOptions(opset: nil, externalData: externalData))
        conversion.comparison.options.engine = .reference
        let shapes = conversion.generator.shapes.mapValues { Shape($0) }
        var passes: [any ModelPass] = []
        if standard { passes.append(Decompose()) }
        if let opset { passes.append(ConvertOpset(to: opset)) }
        conversion.passes = passes + [Simplify(inputShapes: shapes)]
        defer { progress.finish() }
        let outcome = try conversion.convert(input, to: output) { progress.update($0) }
        progress.finish()
        try OutcomeOutput.print(outcome, output, keepFailed: false, json: json, log.entries)
    }
}
