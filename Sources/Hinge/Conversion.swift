import Foundation
import HingeGraph
import HingeOperators
import HingeParity
import HingeTransforms

/// Converts a model file into another format, and proves that both compute the same.
///
/// ```swift
/// let outcome = try Conversion().convert("digits.h5", to: "digits.onnx")
/// print(outcome.report?.relativeL2 ?? 0)
/// ```
public struct Conversion: Sendable {
    /// The formats that the input and the output may be of.
    public var formats = ModelFormats.standard
    /// What the names of operators mean in the input and the output.
    public var operators = OperatorRegistry.standard
    /// The format to write; `nil` takes the one that the output's extension stands for.
    public var format: String?
    /// Whether inputs that have a default value become constants, so that nobody can override them.
    public var freezesInputs = false
    /// Changes of the model between reading and writing; the proof is against the model as it was read.
    public var passes: [any ModelPass] = []
    /// Whether to run both files and compare.
    public var verifies = true
    /// Whether a file that doesn't compute the same is written nevertheless, to be examined.
    public var keepsFailed = false
    /// The number of inputs to compare on, each with a seed of its own.
    public var sampleCount = 1
    /// Inputs to compare on, by the names of the model that is read; those not given are made up.
    public var inputs: [String: Value] = [:]
    /// How inputs are made up.
    public var generator = InputGenerator()
    /// Gives further inputs, once the model is known.
    package var inputSource: (@Sendable (Model) throws -> [String: Value])?
    /// How the outputs are compared.
    public var comparison = ModelComparison()
    /// What to ask of the reader.
    public var readOptions = ReadOptions()
    /// Is told what had to be guessed about the file that is read: sentences, and the path.
    public var warn: @Sendable ([String], String) -> Void = { _, _ in }
    /// What to ask of the writer.
    public var writeOptions = WriteOptions()

    /// Creates a conversion.
    public init() {}

    /// What came of a conversion.
    public enum Outcome: Sendable {
        /// The file is written, and computes the same.
        case proved(ParityReport)
        /// What was written doesn't compute the same. An output that was there is as it was, unless
        /// ``Conversion/keepsFailed`` says otherwise.
        case failed(ParityReport)
        /// The file is written; the models could not be run, for the reason given, so nothing shows that it
        /// computes the same.
        case notProved(HingeError)
        /// The file is written; the models ran, but gave no finite number to compare, so nothing shows that it
        /// computes the same.
        case nothingCompared(ParityReport)
        /// The file is written, and holds the model's weights, as many as stated, bit by bit.
        case identicalWeights(count: Int)
        /// The file is written; nobody asked for a proof.
        case notVerified

        /// How the outputs compare, if both models ran.
        public var report: ParityReport? {
            switch self {
            case .proved(let report), .failed(let report), .nothingCompared(let report): report
            case .notProved, .identicalWeights, .notVerified: nil
            }
        }
    }

    /// Converts a file.
    ///
    /// The output takes its place when it is proved, not before.
    ///
    /// - Throws: ``HingeError`` when the input can't be read or the output can't be written; then an output that
    ///   was there is as it was.
    @discardableResult
    public func convert(
        _ input: String, to output: String,
        progress: (String) -> Void = { _ in }
    ) throws -> Outcome {
        let target = try formats.target(format, output)
        progress("Reading \(input)")
        var model = try Model(contentsOfFile: input, formats: formats, options: readOptions)
        model.operators = operators
        if !model.warnings.isEmpty { warn(model.warnings, input) }
        if freezesInputs { _ = try FreezeInputs().run(&model) }
        if target.content == .model {
            try withContext(.file(input)) { try model.requireGraph() }
        }
        if verifies { try generator.validate(for: model, given: givenInputs(model)) }
        progress("Writing \(output)")
        var changed = model
        try withContext(.file(input)) { _ = try changed.run(passes) }
        guard verifies else {
            try changed.write(
                ModelDestination(path: output, variant: target.variant), target.format,
                writeOptions)
            return .notVerified
        }
        let staged = try StagedFile(for: output)
        defer { staged.discard() }
        try changed.write(
            ModelDestination(staged, variant: target.variant), target.format, writeOptions)
        progress("Comparing \(output) with \(input)")
        let outcome = try proof(staged, target, of: changed, from: input, model)
        if case .failed = outcome, !keepsFailed { return outcome }
        try staged.put()
        return outcome
    }

    /// Reads what was written, and shows that it is right.
    ///
    /// - Parameters:
    ///   - written: The model that was handed to the writer.
    ///   - model: The model that was read from `input`.
    private func proof(
        _ staged: StagedFile, _ target: ModelFormats.Target, of written: Model, from input: String,
        _ model: Model
    ) throws -> Outcome {
        let output = staged.place.path
        let (again, identical) = try readingAgain(output) {
            let again = try read(staged, target, of: written)
            let isWeights = target.content == .weights
            return (again, isWeights ? try WeightProof.count(again, equalTo: written) : nil)
        }
        if let identical { return .identicalWeights(count: identical) }
        do {
            let report = try prove(again, model)
            return switch report.verdict {
            case .equal: .proved(report)
            case .different: .failed(report)
            case .nothingCompared: .nothingCompared(report)
            }
        } catch let error as HingeError {
            // What can't be run can't be compared. But what could be run, and can't any more, is wrong.
            if let reason = reasonNotToRun(model) { return .notProved(reason.adding(.file(input))) }
            if [.unsupported, .limit].contains(error.code) {
                return .notProved(error.adding(.file(output)))
            }
            throw error.adding(.file(output))
        }
    }

    /// Why a model can't be run by itself; `nil` when it can.
    private func reasonNotToRun(_ model: Model) -> HingeError? {
        do {
            let session = try Session(model, options: comparison.options)
            _ = try session.run(generator.inputs(for: model, given: givenInputs(model)))
            return nil
        } catch {
            return error as? HingeError
        }
    }

    /// Runs `body`, which reads what was written: that it can't is a fault of the writer.
    private func readingAgain<Result>(_ output: String, _ body: () throws -> Result) throws
        -> Result
    {
        do {
            return try body()
        } catch let error as HingeError
            where [.badData, .unsupported, .mismatch, .noInput].contains(error.code)
        {
            throw HingeError(
                .internalError, "what was written cannot be read again: \(error)",
                at: [.file(output)], underlying: error)
        }
    }

    /// Reads what was written; a file of weights alone into the model that it was written for.
    private func read(
        _ staged: StagedFile, _ target: ModelFormats.Target, of written: Model
    ) throws -> Model {
        var options = readOptions
        options.architecture = target.content == .weights ? Architecture(written) : nil
        let source = ModelSource.file(try staged.file())
        // Whoever reads the file will find its format by its content.
        let format = try formats.format(of: source, options: options)
        guard format.identifier == target.format.identifier else {
            throw HingeError(
                .mismatch, "expected a file of \(target.format.name), found one of \(format.name)")
        }
        var again = try format.read(source, options: options)
        again.operators = operators
        return again
    }

    /// Compares two models on ``inputs``, and made-up ones for the rest; of two files of weights, the weights.
    ///
    /// - Throws: ``HingeError`` when one of them doesn't run, or their inputs or outputs can't be matched.
    public func prove(_ model: Model, _ expected: Model) throws -> ParityReport {
        if model.isWeightsOnly && expected.isWeightsOnly {
            return try comparison.compare(
                model.givingWeights, with: expected.givingWeights, inputs: [:])
        }
        for model in [model, expected] { try model.requireGraph() }
        let given = try givenInputs(expected)
        var worst: ParityReport?
        for sample in 0..<max(sampleCount, 1) {
            var generator = generator
            generator.seed &+= UInt64(sample)
            let report = try comparison.compare(
                model, with: expected, inputs: generator.inputs(for: expected, given: given))
            if worst.map({ report.isWorse(than: $0) }) ?? true { worst = report }
        }
        return worst ?? ParityReport()
    }

    /// The inputs that the caller gives for a model.
    private func givenInputs(_ model: Model) throws -> [String: Value] {
        guard let inputSource else { return inputs }
        return inputs.merging(try inputSource(model)) { first, _ in first }
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
