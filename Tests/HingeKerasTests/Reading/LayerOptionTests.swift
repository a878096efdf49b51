import Foundation
import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeKeras

/// A file that has one option of a layer or operation, and what Keras computed.
struct OptionFile: CustomTestStringConvertible {
    /// The file among the fixtures; the recorded values stand beside it.
    var path: String

    var testDescription: String { path }

    /// Where the recorded values are.
    var recorded: String { String(path.prefix { $0 != "." }) + ".npz" }

    /// By how much an output may differ, relative to the greater of its size and 1: by one unit in
    /// the last place of half precision, where two numbers that are nearly equal were rounded.
    var tolerance: Double {
        if path.contains("bfloat16") { return 8e-3 }
        return path.contains("float16") ? 1e-3 : 1e-5
    }

    /// All files of the folder `options`, and those of the cases that are for reading Keras files.
    static let all: [OptionFile] = {
        let folder = "\(Fixtures.root)/keras/options"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { !$0.hasSuffix(".npz") && $0 != "data.json" }.sorted()
            .map { OptionFile(path: "keras/options/\($0)") } + cases
    }()

    private static let cases = [
        "policy-bfloat16.keras", "groupnorm-middle-axis.keras", "tfop-resize.h5",
        "bidirectional-half-frozen.h5", "attention-four-dims.keras", "integer-lookup.keras",
        "discretization-mode.keras",
    ].map { OptionFile(path: "cases/\($0)") }
}

@Suite struct LayerOptionTests {
    /// What Keras computed, in both engines: types, shapes and values.
    @Test(arguments: OptionFile.all, [Session.Options.Engine.reference, .fast])
    func computesWhatKerasDid(_ file: OptionFile, _ engine: Session.Options.Engine) throws {
        let model = try Fixtures.model(file.path)
        let found = try differences(
            model, Fixtures.arrays(file.recorded), engine: engine, isRelative: true)
        for (index, difference) in found.enumerated() {
            let name = model.graph.outputs[index].name
            #expect(difference <= file.tolerance, "output \(index), \(name)")
        }
    }

    @Test func findsTheFiles() {
        #expect(OptionFile.all.count == 107)
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
