import ArgumentParser
import Foundation
import Hinge

/// `hinge convert`: a model in another format, with the proof that it computes the same.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model in another format, and prove that it computes the same.",
        discussion: """
            The input's format is found by its content, the output's by its extension or --to:
            .onnx, .keras, .h5 (Keras whole model), .weights.h5 (Keras weights), .hdf5 (plain weights).
            Both are run on the same inputs and compared before the file takes its place: on those given by --input, as
            for `hinge run`, and for the rest on seeded ones that suit the model's operators. Exit status 1 says that
            they differ, and that nothing was written; or that no finite number was compared.

            Examples:
              hinge convert model.h5 model.onnx
              hinge convert model.onnx model.keras --samples 5
              hinge convert old.onnx new.onnx --opset 21
              hinge convert new.onnx old.onnx --opset 17 --ir-version 8
              hinge convert optimized.onnx model.onnx --standard
              hinge convert model.onnx model.keras --input ids=tokens.npy
              hinge convert model.weights.h5 model.onnx --architecture model.json
              hinge convert weights.hdf5 new.onnx --architecture model.onnx
            """)

    @Argument(help: "The model to read.", completion: .file())
    var input: String

    @Argument(help: "The file to write.", completion: .file())
    var output: String

    @Option(help: "The output's format, when its extension doesn't say.")
    var to: String?

    @Option(help: "The version of the ONNX operators to write.")
    var opset: Int?

    @Option(help: "The version of the ONNX file format (IR) to write.")
    var irVersion: Int?

    @Flag(help: "Put the weights in a second file beside an ONNX model.")
    var externalData = false

    @Flag(help: "Make constants of the inputs that have a default value (initializers).")
    var freezeInputs = false

    @Flag(help: "Write what operators of ONNX Runtime stand for: operators of the standard.")
    var standard = false

    @Flag(inversion: .prefixedNo, help: "Run both files and compare.")
    var verify = true

    @Flag(help: "Write the file even when it computes something else, to examine it.")
    var keepFailed = false

    @Flag(help: "Print the proof as JSON.")
    var json = false

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        let log = WarningLog()
        var conversion = try comparison.conversion()
        conversion.format = to
        conversion.verifies = verify
        conversion.freezesInputs = freezeInputs
        conversion.keepsFailed = keepFailed
        if standard { conversion.passes = [Decompose()] }
        conversion.readOptions = common.readOptions
        conversion.warn = { log.warn($0, of: $1) }
        conversion.writeOptions = WriteOptions(
            ONNXOptions(opset: opset, irVersion: irVersion, externalData: externalData))
        defer { progress.finish() }
        let outcome = try conversion.convert(input, to: output) { progress.update($0) }
        progress.finish()
        try OutcomeOutput.print(outcome, output, keepFailed: keepFailed, json: json, log.entries)
    }
}
