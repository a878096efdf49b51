import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// A small graph, and the layers that it is written as.
struct RuleCase: CustomTestStringConvertible, Sendable {
    var name: String
    var shape: Shape
    var type = DataType.float32
    /// Class and configuration of each layer, as Keras's documentation has them.
    var layers: [String]
    var build: @Sendable (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand

    var testDescription: String { name }

    func model() throws -> Model { try HingeKerasTests.model(shape, type, build) }

    /// An operator of one input.
    static func unary(
        _ operator: any Operator, _ layers: String..., shape: Shape = ["N", 6],
        type: DataType = .float32
    ) -> RuleCase {
        let name = "\(`operator`)"
        return RuleCase(name: name, shape: shape, type: type, layers: layers) { graph, x in
            try graph.append(`operator`, x)
        }
    }

    /// An operator of which the other inputs are constants.
    static func with(
        _ operator: any Operator, _ constants: [Tensor], _ layers: String..., shape: Shape,
        type: DataType = .float32
    ) -> RuleCase {
        let name = "\(`operator`.id.type) \(constants.map(\.shape))"
        return RuleCase(name: name, shape: shape, type: type, layers: layers) { graph, x in
            let inputs = constants.map { graph.constant($0) }
            return try graph.append(`operator`, [x] + inputs, outputCount: 1)[0]
        }
    }
}
