import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@Suite struct LowerOpsetTests {
    private func model(_ type: DataType, opset: Int) throws -> Model {
        var graph = GraphBuilder(opset: opset)
        let x = graph.input("x", type, ["N", 4])
        graph.output(try graph.append(Elu(), x), "y")
        return graph.model()
    }

    /// The oldest version that can express the model, from 21 on: bfloat16 came to Elu with 22.
    @Test(arguments: [(DataType.float32, 21), (.bfloat16, 22)])
    func writesTheOldestVersionThatExpressesTheModel(_ type: DataType, _ opset: Int) throws {
        var model = try model(type, opset: ConvertOpset.newest)
        #expect(try LowerOpset().run(&model))
        #expect(model.opset(of: "") == opset)
    }

    @Test func leavesOlderModels() throws {
        var model = try model(.float32, opset: 17)
        #expect(try !LowerOpset().run(&model))
        #expect(model.opset(of: "") == 17)
    }
}
