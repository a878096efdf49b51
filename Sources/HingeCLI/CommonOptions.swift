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
        ReadOptions(architecturePath: architecture, backend: backend?.rawValue)
    }

    /// Reads a model, and says on the standard error what had to be guessed.
    func model(_ path: String) throws -> Model {
        let model = try Model(contentsOfFile: path, options: readOptions)
        CommonOptions.warn(model.warnings, of: path)
        return model
    }

    /// Says on the standard error what had to be guessed about a file.
    static func warn(_ warnings: [String], of path: String) {
        for warning in warnings { StandardError.print("hinge: warning: \(path): \(warning)") }
    }
}

/// Options of the commands that make up inputs and compare outputs.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "The seed of made-up inputs.")
    var seed: UInt64 = 0

    @Option(help: "The number of inputs to compare on.")
    var samples = 1

    @Option(
        name: .customLong("shape"),
        help: ArgumentHelp(
            "The shape of an input, for inputs of unknown extents.", valueName: "name=2,3,4"))
    var shapes: [String] = []

    @Option(
        help: ArgumentHelp(
            "The largest relative L2 error that counts as equal (default: 1e-5 for float32).",
            valueName: "error"))
    var tolerance: Double?

    @Option(help: "The engine: fast or reference.")
    var engine: Engine = .fast

    @Option(help: "The number of threads (default: one for each core).")
    var threads: Int?

    enum Engine: String, ExpressibleByArgument, CaseIterable {
        case fast, reference
    }

    func validate() throws {
        if samples < 1 { throw ValidationError("--samples must be at least 1.") }
        if let tolerance, !(tolerance >= 0) {
            throw ValidationError("--tolerance must not be negative.")
        }
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
    }

    var sessionOptions: Session.Options {
        var options = Session.Options()
        options.engine = engine == .fast ? .fast : .reference
        options.threads = threads
        return options
    }

    func conversion() throws -> Conversion {
        var conversion = Conversion()
        conversion.sampleCount = samples
        conversion.generator = InputGenerator(seed: seed, shapes: try parsedShapes())
        conversion.comparison = ModelComparison(
            tolerance: Tolerance(relativeL2: tolerance), options: sessionOptions)
        return conversion
    }

    private func parsedShapes() throws -> [String: [Int]] {
        var result: [String: [Int]] = [:]
        for text in shapes {
            let parts = text.split(separator: "=", maxSplits: 1)
            let extents = parts.count == 2 ? parts[1].split(separator: ",").map { Int($0) } : [nil]
            let known = extents.compactMap { $0 }
            guard known.count == extents.count, known.allSatisfy({ $0 >= 0 }) else {
                throw HingeError(.usage, "expected --shape NAME=2,3,4, found '\(text)'")
            }
            result[String(parts[0])] = known
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
        Swift.print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
