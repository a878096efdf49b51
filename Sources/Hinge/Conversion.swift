import Foundation
import HingeGraph
import HingeKeras
import HingeParity
import HingeTransforms

/// Converts a model file into another format, and proves that both compute the same.
///
/// ```swift
/// let proof = try Conversion().convert("digits.h5", to: "digits.onnx")
/// print(proof?.relativeL2 ?? 0)
/// ```
public struct Conversion: Sendable {
    /// The format to write; `nil` takes the one that the output's extension stands for.
    public var format: String?
    /// Whether inputs that have a default value become constants, so that nobody can override them.
    public var freezesInputs = false
    /// Whether to run both files and compare.
    public var verifies = true
    /// The number of inputs to compare on, each with a seed of its own.
    public var sampleCount = 1
    /// The inputs to compare on.
    public var generator = InputGenerator()
    /// How the outputs are compared.
    public var comparison = ModelComparison()
    /// What to ask of the reader.
    public var readOptions = ReadOptions()
    /// What to ask of the writer.
    public var writeOptions = WriteOptions()

    /// Creates a conversion.
    public init() {}

    /// Converts a file.
    ///
    /// - Returns: The proof, or `nil` when none was asked for or the output can't run by itself.
    /// - Throws: ``HingeError`` when the input can't be read or the output can't be written. A proof that fails
    ///   does not throw: look at ``HingeParity/ParityReport/isEqual``.
    @discardableResult
    public func convert(
        _ input: String, to output: String,
        progress: (String) -> Void = { _ in }
    ) throws -> ParityReport? {
        progress("Reading \(input)")
        var model = try Model(contentsOfFile: input, options: readOptions)
        if freezesInputs { _ = try FreezeInputs().run(&model) }
        progress("Writing \(output)")
        try model.write(toFile: output, format: format, options: writeOptions)
        guard verifies else { return nil }
        progress("Comparing \(output) with \(input)")
        let written = try read(output, of: model, from: input)
        guard !written.graph.nodes.isEmpty || model.graph.nodes.isEmpty else { return nil }
        return try prove(written, model)
    }

    /// Reads what was written; a file of weights alone with the architecture that it was written for.
    private func read(_ output: String, of model: Model, from input: String) throws -> Model {
        var options = ReadOptions()
        options.architecturePath = readOptions.architecturePath ?? input
        let (format, variant) =
            try format.map { try ModelFormats.format(named: $0) }
            ?? ModelFormats.format(forPath: output)
        guard format is KerasFormat, variant == "weights.h5" else {
            return try Model(contentsOfFile: output, options: options)
        }
        let whole = FileManager.default.temporaryDirectory
            .appendingPathComponent("hinge-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: whole) }
        try model.write(toFile: whole, options: writeOptions)
        options.architecturePath = whole
        return try Model(contentsOfFile: output, options: options)
    }

    /// Compares two models on made-up inputs.
    ///
    /// - Throws: ``HingeError`` when one of them doesn't run.
    public func prove(_ model: Model, _ expected: Model) throws -> ParityReport {
        var worst: ParityReport?
        for sample in 0..<max(sampleCount, 1) {
            var generator = generator
            generator.seed &+= UInt64(sample)
            let report = try comparison.compare(
                model, with: expected, inputs: generator.inputs(for: expected))
            guard let previous = worst else {
                worst = report
                continue
            }
            if !report.isEqual && previous.isEqual
                || report.isEqual == previous.isEqual && report.relativeL2 > previous.relativeL2
            {
                worst = report
            }
        }
        return worst ?? ParityReport()
    }
}

/// Compares two models on made-up inputs, the same for the same seed.
///
/// - Parameters:
///   - model: The model to judge.
///   - expected: The model that it should equal.
///   - seed: The seed of the inputs.
/// - Throws: ``HingeError`` when a model doesn't run, or their inputs or outputs don't match.
public func compare(
    _ model: Model, with expected: Model, seed: UInt64 = 0
) throws -> ParityReport {
    var conversion = Conversion()
    conversion.generator.seed = seed
    return try conversion.prove(model, expected)
}
