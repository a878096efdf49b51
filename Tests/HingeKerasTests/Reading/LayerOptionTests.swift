import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeKeras

/// A file with an output for each option of layers and operations, and what Keras computed.
struct OptionFile: CustomTestStringConvertible {
    /// The file among the fixtures; the recorded values stand beside it.
    var path: String
    /// By how much each output may differ, relative to the greater of its size and 1.
    var tolerance: @Sendable (_ output: Int) -> Double

    init(_ path: String, _ tolerance: @escaping @Sendable (Int) -> Double = { _ in 1e-5 }) {
        self.path = path
        self.tolerance = tolerance
    }

    var testDescription: String { path }

    /// Where the recorded values are.
    var recorded: String {
        String(path.prefix { $0 != "." }) + ".npz"
    }
}

@Suite struct LayerOptionTests {
    /// One and a half units in the last place: what two roundings of nearly equal numbers may
    /// differ by.
    private static let rounding = [
        "mixed_float16": 1.5e-3, "mixed_bfloat16": 1.2e-2, "float16": 1.5e-3, "bfloat16": 1.2e-2,
        "float64": 1e-5,
    ]

    private static let files = [
        OptionFile("keras/k315_axes.keras"), OptionFile("keras/k315_integers.keras"),
        OptionFile("keras/k315_images.keras"), OptionFile("keras/k315_applications.keras"),
        OptionFile("keras/k315_applications.h5"),
        OptionFile("keras/k315_policies.keras") { output in
            let policies = ["mixed_float16", "mixed_bfloat16", "float16", "bfloat16", "float64"]
            return rounding[policies[output / 21]] ?? 0
        },
        OptionFile("keras/tfk_policies.h5") { output in
            let policies = ["mixed_float16", "mixed_bfloat16", "float64"]
            return rounding[policies[output / 6]] ?? 0
        },
        OptionFile("keras/tfk_frozen_parts.h5"), OptionFile("keras/tfk_frozen_inside.h5"),
        OptionFile("keras/tfk_frozen_model.h5"), OptionFile("keras/tfk_time.h5"),
        OptionFile("keras/tfk_images.h5"), OptionFile("keras/tfk_functions.h5"),
        OptionFile("keras/theano_same.h5"),
        OptionFile("cases/policy-bfloat16.keras") { _ in 1.2e-2 },
        OptionFile("cases/groupnorm-middle-axis.keras"), OptionFile("cases/tfop-resize.h5"),
        OptionFile("cases/bidirectional-half-frozen.h5"),
        OptionFile("cases/attention-four-dims.keras"), OptionFile("cases/integer-lookup.keras"),
        OptionFile("cases/discretization-mode.keras"),
    ]

    /// What Keras computed, in both engines: types, shapes and values.
    @Test(arguments: files, [Session.Options.Engine.reference, .fast])
    func computesWhatKerasDid(_ file: OptionFile, _ engine: Session.Options.Engine) throws {
        let model = try Fixtures.model(file.path)
        let found = try differences(
            model, Fixtures.arrays(file.recorded), engine: engine, isRelative: true)
        for (index, difference) in found.enumerated() {
            let name = model.graph.outputs[index].name
            #expect(difference <= file.tolerance(index), "output \(index), \(name)")
        }
    }

    /// Arguments that aren't understood are refused, not passed over.
    @Test func refusesUnknownArguments() throws {
        let layer = """
            {"class_name": "TFOpLambda", "config": {"name": "f", "function": "math.reduce_sum"},
            "name": "f", "inbound_nodes": [["x", 0, 0, {"axis": 1, "weights": [1, 2]}]]}
            """
        let error = #expect(throws: HingeError.self) {
            let object = try LayerObject(try JSONParser.parse(layer))
            let calls = try InboundNodes(layerNames: ["x", "f"]).read(
                object.source["inbound_nodes"] ?? .null)
            let semantics = KerasSemantics(generation: .tensorFlowKeras)
            let instance = try LayerRegistry.make(object, semantics)
            let build = ModelBuild(semantics: semantics, name: "model")
            let x = build.graph.input("x", .float32, [2, 2])
            _ = try instance.call(
                calls[0].map { _ in KerasValue(x) },
                LayerContext(
                    build: build, name: "f", weights: LayerWeights(), policy: instance.policy))
        }
        #expect(
            error?.description
                == "layer 'f' (TFOpLambda): the argument 'weights' of 'math.reduce_sum' is not "
                + "supported")
    }
}
