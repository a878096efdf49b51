import HingeGraph
import HingeOperators
import Testing

@testable import HingeONNX

/// A node whose inputs, constants or attributes don't fit each other, which the standard's checker lets pass.
struct ShapeFault: Sendable, CustomTestStringConvertible {
    /// An input of a node: one of the graph, or a constant.
    enum Input: Sendable {
        case value(Shape)
        case constant(Tensor)
        case absent
    }

    let testDescription: String
    let node: Node
    let inputs: [Input]
    /// What the report says of the node.
    let message: String

    init(
        _ description: String, _ type: String, _ inputs: [Input], _ attributes: [Attribute] = [],
        finds message: String
    ) {
        testDescription = description
        self.inputs = inputs
        self.message = message
        let names = inputs.enumerated().map { index, input in
            if case .absent = input { "" } else { "i\(index)" }
        }
        node = Node(
            type, name: "a", inputs: names, outputs: ["y"], attributes: attributes)
    }

    /// A model of the node alone.
    var model: Model {
        var graph = Graph(name: "g", nodes: [node])
        for (name, input) in zip(node.inputs, inputs) {
            switch input {
            case .value(let shape):
                graph.inputs.append(ValueInfo(name: name, type: .tensor(.float32, shape)))
            case .constant(let tensor):
                graph.initializers.append(NamedTensor(name: name, tensor))
            case .absent: break
            }
        }
        let type: DataType = node.type == QuantizeLinear.type ? .uint8 : .float32
        graph.outputs = [ValueInfo(name: "y", type: .tensor(type, ["p", "q"]))]
        return Model(graph: graph, opsetImports: [OpsetImport(version: 17)], irVersion: 8)
    }

    private static func ints(_ values: Int64...) -> Input { .constant(Tensor(values)) }

    private static func floats(_ values: Float...) -> Input { .constant(Tensor(values)) }

    private static let x = Input.value([2, 3])

    static let all = [
        ShapeFault(
            "a shape of other elements", "Reshape", [x, ints(4, 2)],
            finds: "cannot reshape [2, 3] to [4, 2]"),
        ShapeFault(
            "an empty shape for elements", "Reshape", [x, ints(0, 0)], [.int("allowzero", 1)],
            finds: "cannot reshape [2, 3] to [0, 0]"),
        ShapeFault(
            "too few dimensions to transpose", "Transpose", [x], [.ints("perm", [0])],
            finds: "attribute 'perm': expected 1 dimensions, found 2"),
        ShapeFault(
            "an index beyond the extent", "Gather", [x, ints(0, 5)],
            finds: "expected indices from -2 to 1, found 5"),
        ShapeFault(
            "an index of elements beyond the extent", "GatherElements",
            [.value([3]), ints(0, -4)], finds: "expected indices from -3 to 2, found -4"),
        ShapeFault(
            "an index of a shape's extents", "GatherElements", [x, ints(0)],
            finds: "expected indices of 2 dimensions, found [1]"),
        ShapeFault(
            "a place to scatter to beyond the extent", "ScatterElements",
            [.value([3]), ints(3), floats(1)], finds: "expected indices from -3 to 2, found 3"),
        ShapeFault(
            "updates of another size", "ScatterND",
            [
                x, .constant(Tensor([0, 1] as [Int64], shape: [2, 1])), .value([2, 4]),
            ], finds: "expected updates of shape [2, 3], found [2, 4]"),
        ShapeFault(
            "channels that the weights don't have", "Conv",
            [.value([1, 3, 4, 4]), .value([2, 2, 3, 3])],
            finds: "weights [2, 2, 3, 3] in 1 group do not fit 3 channels"),
        ShapeFault(
            "feature maps that are no groups", "Conv",
            [.value([1, 4, 4, 4]), .value([3, 2, 3, 3])], [.int("group", 2)],
            finds: "3 feature maps cannot be divided into 2 groups"),
        ShapeFault(
            "a window other than the weights'", "Conv",
            [.value([1, 4, 4, 4]), .value([3, 4, 3, 3])], [.ints("kernel_shape", [2, 2])],
            finds: "attribute 'kernel_shape': expected the weights' extents [3, 3], found [2, 2]"),
        ShapeFault(
            "a bias of another length", "Conv",
            [.value([1, 4, 4, 4]), .value([3, 4, 3, 3]), .value([4])],
            finds: "expected a bias of shape [3], found [4]"),
        ShapeFault(
            "a window larger than the image", "Conv",
            [.value([1, 4, 2, 2]), .value([3, 4, 3, 3])],
            finds: "a window that reaches over 3 elements does not fit in 2"),
        ShapeFault(
            "a sum of unequal shapes behind a product", "Gemm",
            [x, .value([3, 4]), .value([3])], finds: "shapes [2, 4] and [3] do not broadcast"),
        ShapeFault(
            "an unequal scale of rows", "LayerNormalization", [x, .value([4])],
            finds: "shapes [2, 3] and [4] do not broadcast"),
        ShapeFault(
            "channels that are no blocks", "DepthToSpace", [.value([1, 3, 4, 4])],
            [.int("blocksize", 2)], finds: "expected a multiple of 4 channels, found 3"),
        ShapeFault(
            "an equation of unequal extents", "Einsum", [x, x], [.string("equation", "ij,jk->ik")],
            finds: "shapes [3] and [2] do not broadcast"),
        ShapeFault(
            "two bounds in one", "Clip", [x, floats(0, 1)],
            finds: "expected one number as input 1, found [2]"),
        ShapeFault(
            "scales for too few columns", "QuantizeLinear", [x, floats(1, 2)], [.int("axis", 1)],
            finds: "expected scales of shape [3] for [2, 3], found [2]"),
        ShapeFault(
            "slopes for other columns", "PRelu", [x, .value([2])],
            finds: "shapes [2, 3] and [2] do not broadcast"),
    ]
}
