import Foundation
import HingeArchive
import HingeGraph
import HingeRuntime
import Testing

@testable import HingeKeras

/// The repository's fixtures.
enum Fixtures {
    static let root = #filePath.components(separatedBy: "/Tests/")[0] + "/Fixtures"

    /// Reads a Keras file among the fixtures.
    static func model(_ path: String, architecture: String? = nil, backend: String? = nil) throws
        -> Model
    {
        let architecture = architecture.map { "\(root)/\($0)" }
        return try KerasFormat().read(
            MappedFile(path: "\(root)/\(path)"),
            options: ReadOptions(
                architecturePath: architecture, KerasOptions(backend: backend)))
    }

    /// Reads the arrays of an `.npz` file among the fixtures.
    static func arrays(_ path: String) throws -> [(name: String, tensor: Tensor)] {
        try Npz.read(MappedFile(path: "\(root)/\(path)"))
    }
}

/// A file that some version of Keras wrote, with inputs and the outputs that that version computed.
struct Sample: CustomTestStringConvertible {
    /// The file in `Fixtures/keras`.
    var file: String
    /// The file with the inputs and outputs.
    var recorded: String
    /// The file that has the architecture, where that is another.
    var architecture: String?
    /// The backend, where the file does not say.
    var backend: String?
    /// By how much an output may differ.
    var tolerance: Double

    var testDescription: String { file }

    /// All samples of the manifest that have recorded outputs.
    ///
    /// - Precondition: There are some: a test without arguments would pass.
    static let all: [Sample] = {
        let path = "\(Fixtures.root)/keras/manifest.json"
        guard let file = try? MappedFile(path: path),
            let manifest = try? JSONParser.parse(file.region).array
        else { preconditionFailure("cannot read \(path)") }
        let samples = manifest.flatMap { entry -> [Sample] in
            guard let recorded = entry["npz"]?.string else { return [] }
            return (entry["files"]?.array ?? []).compactMap(\.string).map { file in
                Sample(
                    file: file, recorded: recorded, architecture: architectures[file],
                    backend: file.hasPrefix("k1_") ? "theano" : nil,
                    tolerance: tolerances[file] ?? 1e-5)
            }
        }
        precondition(samples.count >= 70, "found \(samples.count) samples")
        return samples
    }()

    private static let architectures = [
        "k213_seq.weights.h5": "k215_seq.keras", "k215_seq_w.h5": "k215_seq.h5",
        "k215_seq.weights.h5": "k215_seq.keras", "k215_func.weights.h5": "k215_func.keras",
        "k215_rnn.weights.h5": "k215_rnn.h5", "k224_seq_w.h5": "k224_seq.h5",
        "k30_rnn.weights.h5": "k215_rnn.h5", "k315_seq.weights.h5": "k315_seq.keras",
        "k38_seq.weights.h5": "k215_seq.keras", "k315_dtypes.weights.h5": "k315_dtypes.keras",
        "k315_shard.weights.json": "k315_shard.dir/config.json",
    ]

    /// Half precision keeps 3 digits; attention and convolutional memories sum many products;
    /// TensorFlow rounds the coefficients of its cubic interpolation to 1/1024.
    private static let tolerances: [String: Double] = [
        "k315_dtypes.h5": 2e-2, "k315_dtypes.keras": 2e-2, "k315_dtypes.weights.h5": 2e-2,
        "k315tf_bicubic.keras": 1e-3, "k315t_attn.keras": 1e-4, "k215_mha.h5": 1e-4,
        "k315_convlstm.keras": 1e-4,
    ]

    /// The model.
    func model() throws -> Model {
        // An unzipped folder is read through its configuration.
        let path = file.hasSuffix(".dir") ? "\(file)/config.json" : file
        return try Fixtures.model(
            "keras/\(path)", architecture: architecture.map { "keras/\($0)" }, backend: backend)
    }
}

/// Runs a model on the recorded inputs and gives the largest difference from each recorded output.
///
/// - Parameter isRelative: Whether differences are relative to the greater of the output's size
///   and 1.
func differences(
    _ model: Model, _ arrays: [(name: String, tensor: Tensor)],
    engine: Session.Options.Engine = .reference, isRelative: Bool = false
) throws -> [Double] {
    let session = try Session(model, options: Session.Options(engine: engine))
    let given = arrays.filter { $0.name.hasPrefix("in_") }.sorted {
        $0.name.isNatural(before: $1.name)
    }
    let expected = arrays.filter { $0.name.hasPrefix("out_") }
        .sorted { $0.name.isNatural(before: $1.name) }
    #expect(session.inputs.count == given.count)
    #expect(session.outputs.count == expected.count)
    var inputs: [String: Value] = [:]
    for (input, array) in zip(session.inputs, given) { inputs[input.name] = .tensor(array.tensor) }
    let outputs = try session.run(inputs)
    return try zip(session.outputs, expected).map { output, array in
        let computed = try #require(outputs[output.name]?.tensor)
        #expect(computed.shape == array.tensor.shape, "\(output.name)")
        // NumPy has no bfloat16: it is mostly recorded in single precision.
        let isWidened = computed.dataType == .bfloat16 && array.tensor.dataType == .float32
        #expect(isWidened || computed.dataType == array.tensor.dataType, "\(output.name)")
        guard computed.shape == array.tensor.shape else { return .infinity }
        return try zip(computed.doubles(), array.tensor.doubles()).map { a, b in
            a == b || a.isNaN && b.isNaN ? 0 : abs(a - b) / (isRelative ? max(1, abs(b)) : 1)
        }.map { $0.isNaN ? .infinity : $0 }.max() ?? 0
    }
}

extension String {
    /// Whether this name stands before another when the numbers in them are compared as numbers.
    fileprivate func isNatural(before other: String) -> Bool {
        compare(other, options: .numeric) == .orderedAscending
    }
}
