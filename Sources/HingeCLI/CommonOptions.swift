import ArgumentParser
import Foundation
import Hinge

/// Options that all commands have.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Show no progress.")
    var quiet = false

    @Option(
        help: """
            The architecture of a file of weights: a model file, whose weights have the same names, or the JSON \
            of a Keras model.
            """,
        completion: .file())
    var architecture: String?

    @Option(
        help: ArgumentHelp(
            "The backend that wrote a Keras file that doesn't say so: theano or tensorflow.",
            valueName: "name"))
    var backend: Backend?

    enum Backend: String, ExpressibleByArgument, CaseIterable {
        case theano, tensorflow
    }

    var readOptions: ReadOptions {
        ReadOptions(
            architecturePath: architecture, KerasOptions(backend: backend?.rawValue))
    }

    /// Reads a model, and says on the standard error, and to `log`, what had to be guessed.
    func model(_ path: String, _ log: WarningLog = WarningLog()) throws -> Model {
        let model = try Model(contentsOfFile: path, options: readOptions)
        log.warn(model.warnings, of: path)
        return model
    }
}

/// Options of the commands that take some inputs from files, and make the others up.
struct InputOptions: ParsableArguments {
    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            "An input, from a file; those not given are made up.", valueName: "[name=]file"),
        completion: .file())
    var inputs: [String] = []

    @OptionGroup var image: ImageSettings

    @Option(
        name: .customLong("shape"),
        help: ArgumentHelp(
            "The shape of a made-up input, where the model leaves it open.",
            valueName: "name=2,3,4"))
    var shapes: [String] = []

    func files() throws -> InputFiles { InputFiles(inputs, images: try image.options()) }

    func generator(seed: UInt64 = 0) throws -> InputGenerator {
        InputGenerator(seed: seed, shapes: try ShapeArguments.parse(shapes))
    }
}

/// Options of the commands that run a model.
struct EngineOptions: ParsableArguments {
    @Option(help: "The engine: fast or reference.")
    var engine: Engine = .fast

    @Option(help: "The number of threads (default: one for each core).")
    var threads: Int?

    enum Engine: String, ExpressibleByArgument, CaseIterable {
        case fast, reference
    }

    func validate() throws {
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    }

    var sessionOptions: Session.Options {
        var options = Session.Options()
        options.engine = engine == .fast ? .fast : .reference
        options.threads = threads
        return options
    }
}

/// Options of the commands that make up inputs and compare outputs.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "The seed of made-up inputs.")
    var seed: UInt64 = 0

    @Option(help: "The number of inputs to compare on.")
    var samples = 1

    @OptionGroup var input: InputOptions

    @Option(
        help: ArgumentHelp(
            """
            The largest relative L2 error of an output that counts as equal; every element may be off by 16 \
            times that, of the larger of its own size and the root mean square, and half of them of their own \
            size (default for float32: 2e-6, and 1e-5 against a recording).
            """,
            valueName: "error"))
    var tolerance: Double?

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        if samples < 1 { throw ValidationError("--samples must be at least 1.") }
        if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
            throw ValidationError("--tolerance must be a number, and not negative.")
        }
    }

    func conversion() throws -> Conversion {
        var conversion = Conversion()
        conversion.sampleCount = samples
        conversion.generator = try input.generator(seed: seed)
        let files = try input.files()
        conversion.inputSource = { try files.values(for: $0) }
        conversion.comparison = ModelComparison(
            tolerance: Tolerance(relativeL2: tolerance), options: engine.sessionOptions)
        return conversion
    }
}

/// The shapes named on a command line, `NAME=2,3,4`.
enum ShapeArguments {
    /// The shapes by the names of inputs.
    ///
    /// - Throws: ``HingeError`` with the code `usage`.
    static func parse(_ arguments: [String]) throws -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for text in arguments {
            guard let equals = text.lastIndex(of: "="), equals > text.startIndex else {
                throw HingeError(.usage, "expected --shape NAME=2,3,4, found '\(text)'")
            }
            let list = text[text.index(after: equals)...]
            let extents =
                list.isEmpty
                ? [] : list.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            let known = extents.compactMap { $0 }
            guard known.count == extents.count, known.allSatisfy({ $0 >= 0 }) else {
                throw HingeError(.usage, "expected --shape NAME=2,3,4, found '\(text)'")
            }
            let name = String(text[..<equals])
            guard result.updateValue(known, forKey: name) == nil else {
                throw HingeError(.usage, "the shape of '\(name)' is given twice")
            }
        }
        return result
    }
}

/// Prints values as JSON, keys in order.
enum JSONOutput {
    static func print(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self).printableJSON)
    }
}
