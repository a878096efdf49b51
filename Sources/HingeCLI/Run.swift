import ArgumentParser
import Foundation
import Hinge

/// `hinge run`: a model's outputs for given inputs.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a model on inputs from files.",
        discussion: """
            Inputs are .npy, .npz, JSON or ONNX .pb files, or images (JPEG, PNG, TIFF, WebP, JPEG 2000, BMP, PPM,
            PGM, PBM), found by their content; a file without NAME= takes the next input, and a .npz gives as many
            as it has members of matching names. An image is resized to what the model's input states, and has
            numbers from 0 to 1, of uint8 from 0 to 255; --image says more. Where the input is a vector of bytes,
            those of the file are taken. Prints a summary of each output; --output-dir
            writes each as NAME.npy. A map is a JSON object; as an output it is written as NAME_keys.npy and
            NAME_values.npy, of several maps with the same keys a row each.

            Examples:
              hinge run model.onnx --input image.npy
              hinge run model.onnx --input photo.jpg \\
                --image "size=256 crop=224 mean=0.485,0.456,0.406 std=0.229,0.224,0.225"
              hinge run model.keras --input tokens=ids.json --input mask=mask.npy
              hinge run model.h5 --input batch.npz --output-dir results
            """)

    @Argument(help: "The model file.", completion: .file())
    var file: String

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp("An input, from a file.", valueName: "[name=]file"),
        completion: .file())
    var inputs: [String] = []

    @Option(
        help: ArgumentHelp("A folder to write the outputs to.", valueName: "folder"),
        completion: .directory)
    var outputDir: String?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var numbers: PrecisionOption
    @OptionGroup var image: ImageSettings
    @OptionGroup var common: CommonOptions

    func run() throws {
        let progress = Progress(quiet: common.quiet)
        defer { progress.finish() }
        progress.update("Reading \(file)")
        let model = try common.model(file)
        try withContext(.file(file)) { try model.requireGraph() }
        let values = try InputFiles(inputs, images: image.options()).values(for: model)
        var options = engine.sessionOptions
        options.precision = numbers.precision
        progress.update("Running \(file)")
        let results = try withContext(.file(file)) {
            try Session(model, options: options).run(values)
        }
        progress.finish()
        for info in model.graph.outputs {
            guard let value = results[info.name] else { continue }
            Terminal.print(OutputSummary.describe(value, name: info.name.printable))
            if let outputDir { try write(value, info.name, to: outputDir) }
        }
    }

    private func write(_ value: Value, _ name: String, to folder: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw HingeError(
                .cannotCreate, "cannot create the folder", at: [.file(folder)], underlying: error)
        }
        try ValueFile.write(value, toFolder: folder, name: name)
    }
}
