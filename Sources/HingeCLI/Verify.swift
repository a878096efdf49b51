import ArgumentParser
import Foundation
import Hinge

/// `hinge verify`: whether two models compute the same, or one computes what was recorded.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare what two models compute, or one model with a recording.",
        discussion: """
            Two models of any format run on the same inputs: those given by --input, as for `hinge run`, and for the
            rest seeded ones that suit the model's operators. Inputs and outputs of one name belong together;
            others by position, if number, types and shapes agree. A recording is a .npz file whose members are matched
            with inputs and outputs by name, or by position as in_0, in_1, … and out_0, out_1, ….
            Exit status 1 says that they differ, or that no finite number was compared.

            Examples:
              hinge verify model.onnx model.keras
              hinge verify model.onnx --recorded recorded.npz
              hinge verify a.onnx b.onnx --input image.npy
              hinge verify a.onnx b.onnx --samples 10 --tolerance 1e-6 --json
            """)

    @Argument(help: "The model to judge.", completion: .file())
    var model: String

    @Argument(help: "The model that it should equal.", completion: .file())
    var expected: String?

    @Option(
        help: ArgumentHelp("Recorded inputs and outputs.", valueName: "file.npz"),
        completion: .file(extensions: ["npz"]))
    var recorded: String?

    @Flag(help: "Print all figures as JSON.")
    var json = false

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if (expected == nil) == (recorded == nil) {
            throw ValidationError("Give either a second model or --recorded FILE.")
        }
        if recorded != nil, !comparison.input.inputs.isEmpty || !comparison.input.shapes.isEmpty {
            throw ValidationError("A recording has inputs: --input and --shape go with two models.")
        }
    }

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        defer { progress.finish() }
        let log = WarningLog()
        let conversion = try comparison.conversion()
        progress.update("Reading \(model)")
        let judged = try common.model(model, log)
        let report: ParityReport
        if let recorded {
            let recording = Recording(try ValueFile.tensors(path: recorded))
            progress.update("Running \(model)")
            report = try withContext(.file(model)) {
                try judged.requireGraph()
                return try conversion.comparison.compare(judged, with: recording)
            }
        } else {
            let path = expected ?? ""
            progress.update("Reading \(path)")
            let other = try common.model(path, log)
            progress.update("Running both models")
            report = try conversion.prove(judged, other)
        }
        progress.finish()
        try ReportOutput.print(
            report, title: "\(model) against \(recorded ?? expected ?? "")", json: json,
            log.entries)
    }
}
