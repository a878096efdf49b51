import Hinge
import Testing

/// Models of a few bytes that ask for more memory than there is.
@Suite("Limits of memory")
struct MemoryLimitTests {
    /// A model of one node whose inputs are all constants.
    private func model(
        _ type: String, _ inputs: [Tensor], _ attributes: [Attribute] = []
    ) -> Model {
        let names = inputs.indices.map { "i\($0)" }
        let graph = Graph(
            name: "large",
            nodes: [Node(type, inputs: names, outputs: ["y"], attributes: attributes)],
            outputs: [ValueInfo(name: "y", type: nil)],
            initializers: zip(names, inputs).map { NamedTensor(name: $0, $1) })
        return Model(graph: graph, opsetImports: [OpsetImport(domain: "", version: 17)])
    }

    private func code(
        _ model: Model, _ engine: Session.Options.Engine
    ) -> HingeError.Code? {
        do {
            _ = try Session(model, options: Session.Options(engine: engine)).run([:])
            return nil
        } catch {
            return (error as? HingeError)?.code
        }
    }

    @Test("More than the machine has", arguments: Session.Options.Engine.allCases)
    func bombs(engine: Session.Options.Engine) throws {
        let ones = Tensor([1, 1, 1, 1] as [Float], shape: [1, 1, 2, 2])
        let huge: Int64 = 1 << 38
        let strings = try Tensor(zeros: .string, shape: [1])
        let cases = [
            model("ConstantOfShape", [Tensor([huge])]),
            model("Expand", [Tensor([1] as [Float]), Tensor([huge])]),
            model("Expand", [strings, Tensor([huge])]),
            model("Tile", [Tensor([1] as [Float]), Tensor([huge])]),
            model("Pad", [Tensor([1] as [Float]), Tensor([0, huge])]),
            model("Pad", [Tensor([1] as [Float]), Tensor([0, huge])], [.string("mode", "edge")]),
            model(
                "Range",
                [Tensor(scalar: Int64(0)), Tensor(scalar: huge), Tensor(scalar: Int64(1))]),
            model("OneHot", [Tensor([1] as [Int64]), Tensor([huge]), Tensor([0, 1] as [Float])]),
            model(
                "Resize",
                [ones, try Tensor(zeros: .float32, shape: [0])]
                    + [Tensor([1, 1, 1e6, 1e6] as [Float])]),
            model(
                "AveragePool", [ones],
                [
                    .ints("kernel_shape", [1, 1]), .ints("pads", [0, 0, 1 << 29, 1 << 29]),
                ]),
        ]
        for model in cases {
            #expect(code(model, engine) == .limit, "\(model.graph.nodes[0].type)")
        }
    }

    @Test("Nothing, but in a dimension that is too large")
    func emptyAndLarge() {
        #expect(throws: HingeError.self) { try Tensor.count(of: [0, 1 << 40, 1 << 40]) }
        let node = model("ConstantOfShape", [Tensor([0, 1 << 62] as [Int64])])
        #expect(code(node, .reference) == .limit)
    }

    @Test("A limit that the caller sets", arguments: Session.Options.Engine.allCases)
    func smaller(engine: Session.Options.Engine) {
        let node = model("ConstantOfShape", [Tensor([1025] as [Int64])])
        #expect(code(node, engine) == nil)
        MemoryLimit.$perValue.withValue(4096) {
            #expect(code(node, engine) == .limit)
            #expect(code(model("ConstantOfShape", [Tensor([1024] as [Int64])]), engine) == nil)
        }
    }
}
