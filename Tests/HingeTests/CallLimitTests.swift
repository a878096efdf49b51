import Foundation
import Hinge
import HingeTransforms
import Testing

/// Functions that call each other so often, or so deep, that the model explodes when they are expanded.
@Suite("Limits of function calls")
struct CallLimitTests {
    /// A model of one call, to the last of functions that each call the one before it `calls` times.
    private func model(functions count: Int, calls: Int) -> Model {
        var functions = [
            Function(
                name: "F0", domain: "f", inputs: ["x"], outputs: ["y"],
                nodes: [Node("Relu", inputs: ["x"], outputs: ["y"])], opsetImports: imports)
        ]
        for index in 1..<count {
            let nodes = (0..<calls).map { call in
                Node(
                    "F\(index - 1)", domain: "f", inputs: [call == 0 ? "x" : "v\(call - 1)"],
                    outputs: [call == calls - 1 ? "y" : "v\(call)"])
            }
            functions.append(
                Function(
                    name: "F\(index)", domain: "f", inputs: ["x"], outputs: ["y"], nodes: nodes,
                    opsetImports: imports))
        }
        let type = ValueType.tensor(.float32, [2])
        let graph = Graph(
            name: "calls",
            nodes: [Node("F\(count - 1)", domain: "f", inputs: ["x"], outputs: ["y"])],
            inputs: [ValueInfo(name: "x", type: type)],
            outputs: [ValueInfo(name: "y", type: type)])
        return Model(graph: graph, functions: functions, opsetImports: imports)
    }

    private let imports = [
        OpsetImport(domain: "", version: 17), OpsetImport(domain: "f", version: 1),
    ]

    @Test("Doubling forty times", arguments: Session.Options.Engine.allCases)
    func doubling(engine: Session.Options.Engine) {
        let model = model(functions: 41, calls: 2)
        let error = #expect(throws: HingeError.self) {
            try Session(model, options: Session.Options(engine: engine))
        }
        #expect(error?.code == .limit)
        #expect(
            error?.message == "with its functions expanded, the model has more than 1000000 nodes")
        #expect(throws: HingeError.self) { try InferTypes().infer(model) }
        var inlined = model
        #expect(throws: HingeError.self) { try InlineFunctions().run(&inlined) }
    }

    @Test("A hundred thousand functions inside each other")
    func deep() {
        let error = #expect(throws: HingeError.self) {
            try Session(model(functions: 100_000, calls: 1))
        }
        #expect(error?.code == .limit)
        #expect(error?.message == "functions call each other more than 64 deep")
    }

    @Test("Sixty functions inside each other", arguments: Session.Options.Engine.allCases)
    func allowed(engine: Session.Options.Engine) throws {
        let session = try Session(
            model(functions: 60, calls: 1), options: Session.Options(engine: engine))
        let outputs = try session.run(["x": .tensor(Tensor([-1, 2] as [Float]))])
        #expect(outputs["y"] == .tensor(Tensor([0, 2] as [Float])))
    }
}
