import HingeGraph
import HingeOperators
import HingeTransforms
import Testing

@testable import HingeKeras

/// Models at every version of their operators: what is written computes the same as the model, whichever version it is in.
@Suite struct OpsetTests {
    @Test(arguments: OpsetCase.all)
    func writesEveryVersion(_ specimen: OpsetCase) throws {
        let newest = try specimen.model()
        #expect(try difference(rewritten(newest, .archive), newest) <= specimen.tolerance)
        let written = try WrittenText(newest)
        let versions = (1..<ConvertOpset.newest).filter { version in
            OperatorSchema.find(name: specimen.type, opset: version)?.sinceVersion == version
        }
        try #require(!versions.isEmpty)
        var spelled = 0
        for version in versions {
            var model = newest
            do {
                _ = try ConvertOpset(to: version).run(&model)
            } catch let error as HingeError where error.code == .unsupported {
                // The version can't say it.
                continue
            }
            // The version says it with a body, which no Keras layer has.
            if model.graph.nodes.contains(where: { $0.type == Scan.type }) { continue }
            spelled += 1
            // What gives the same file computes the same.
            if try WrittenText(model) == written { continue }
            #expect(
                try difference(rewritten(model, .archive), newest) <= specimen.tolerance,
                "version \(version)")
        }
        #expect(spelled > 0)
    }

    /// Every rule is tried; a new one needs a case.
    @Test func coversEveryRule() {
        let covered = Set(OpsetCase.all.map(\.type))
        let rules = Set(RuleRegistry.rules.keys.map(\.type))
        #expect(rules.subtracting(covered).sorted() == [])
    }

    /// Nodes as old files have them, not as we spell them.
    @Test(arguments: OldNode.all)
    func readsOldNodes(_ old: OldNode) throws {
        let model = old.model()
        #expect(try difference(rewritten(model, .archive), model) <= 1e-6)
    }

    /// Softmax over several axes at once is one layer in a `.keras` file, and reshapes in a legacy one.
    @Test func writesSoftmaxOverSeveralAxes() throws {
        let model = OldNode(
            "Softmax", 11, [.int("axis", 2)], ["N", 3, 4, 5], ["N", 3, 4, 5]
        ).model()
        #expect(try layers(model) == [#"Softmax {"axis": [2, 3]}"#])
        #expect(try difference(rewritten(model, .archive), model) <= 1e-6)
        let wide = OldNode(
            "Softmax", 11, [.int("axis", 1)], ["N", 3, 4, 5], ["N", 3, 4, 5]
        ).model()
        #expect(try difference(rewritten(wide, .legacyModel), wide) <= 1e-6)
    }
}

/// What a `.keras` file says of a model, and its weights.
private struct WrittenText: Equatable {
    var configuration: String
    var weights: [[Double]]

    init(_ model: Model) throws {
        let written = try ModelTranslation.translate(model, target: .keras3)
        configuration = JSONWriter.text(try Keras3Configuration.json(written))
        weights = try written.properLayers.flatMap { try WrittenText.elements($0.written.weights) }
    }

    private static func elements(_ weights: WrittenWeights) throws -> [[Double]] {
        try weights.own.sorted { $0.key < $1.key }.map { try $0.value.doubles() }
            + weights.groups.sorted { $0.key < $1.key }.flatMap { try elements($0.value) }
    }
}

/// A node of an old version, with one input that is computed.
struct OldNode: CustomTestStringConvertible, Sendable {
    var type: String
    var opset: Int
    var attributes: [Attribute]
    var shape: Shape
    var result: Shape
    var resultType: DataType
    var constants: [Tensor]

    init(
        _ type: String, _ opset: Int, _ attributes: [Attribute] = [], _ shape: Shape,
        _ result: Shape, as resultType: DataType = .float32, _ constants: [Tensor] = []
    ) {
        self.type = type
        self.opset = opset
        self.attributes = attributes
        self.shape = shape
        self.result = result
        self.resultType = resultType
        self.constants = constants
    }

    var testDescription: String { "\(type) \(opset) \(attributes.map(\.name))" }

    func model() -> Model {
        var graph = Graph(name: "old")
        graph.inputs = [ValueInfo(name: "x", type: .tensor(.float32, shape))]
        graph.outputs = [ValueInfo(name: "y", type: .tensor(resultType, result))]
        graph.initializers = constants.enumerated().map { NamedTensor(name: "c\($0)", $1) }
        graph.nodes = [
            Node(
                type, inputs: ["x"] + graph.initializers.map(\.name), outputs: ["y"],
                attributes: attributes)
        ]
        return Model(
            graph: graph, opsetImports: [OpsetImport(domain: "", version: opset)], irVersion: 4)
    }

    private static let channels = numbers([3])
    private static let image: Shape = ["N", 3, 4, 5]

    static let all: [OldNode] = [
        OldNode("Clip", 6, [.float("max", 0.5)], ["N", 6], ["N", 6]),
        OldNode("Clip", 6, [.float("min", -0.25), .float("max", 0.5)], ["N", 6], ["N", 6]),
        OldNode("Clip", 1, [.float("min", 0.25)], ["N", 6], ["N", 6]),
        OldNode("Clip", 6, [], ["N", 6], ["N", 6]),
        OldNode(
            "Pad", 2, [.ints("pads", [0, 0, 1, 0, 0, 0, 2, 1]), .float("value", 1.5)], image,
            ["N", 3, 7, 6]),
        OldNode(
            "Pad", 1, [.ints("paddings", [0, 1, 0, 2]), .float("value", -2)], ["N", 4], ["N", 7]),
        OldNode(
            "Pad", 2, [.ints("pads", [0, 1, 0, 2]), .string("mode", "reflect")], ["N", 4],
            ["N", 7]),
        OldNode("Add", 6, [.int("broadcast", 1), .int("axis", 1)], image, image, [channels]),
        OldNode("Sub", 1, [.int("broadcast", 1), .int("axis", 1)], image, image, [channels]),
        OldNode("Mul", 6, [.int("broadcast", 1)], image, image, [numbers([5])]),
        OldNode(
            "Div", 6, [.int("broadcast", 1), .int("axis", 2)], image, image,
            [Tensor([1, 2, 4, 8] as [Float])]),
        OldNode(
            "Pow", 1, [.int("broadcast", 1), .int("axis", 1)], image, image,
            [Tensor([1, 2, 3] as [Float])]),
        OldNode(
            "Greater", 7, [], ["N", 6], ["N", 6], as: .bool, [numbers([6])]),
        OldNode(
            "Less", 1, [.int("broadcast", 1), .int("axis", 1)], image, image, as: .bool,
            [channels]),
        OldNode("PRelu", 6, [], image, image, [channels]),
        OldNode("PRelu", 1, [], image, image, [Tensor([0.25] as [Float])]),
        OldNode("Softmax", 1, [], image, image),
        OldNode("Softmax", 11, [.int("axis", 3)], image, image),
        OldNode("LogSoftmax", 11, [.int("axis", 2)], image, image),
        OldNode("Hardmax", 11, [.int("axis", 1)], image, image),
        OldNode(
            "BatchNormalization", 1,
            [.ints("consumed_inputs", [0, 0, 0, 1, 1]), .int("is_test", 1)], image, image,
            [channels, channels, channels, Tensor([1, 2, 0.5] as [Float])]),
        OldNode(
            "BatchNormalization", 6, [.int("is_test", 1), .int("spatial", 0)], ["N", 3, 2],
            ["N", 3, 2],
            [
                numbers([3, 2]), numbers([3, 2]), numbers([3, 2]),
                Tensor([1, 2, 0.5, 1, 2, 4] as [Float], shape: [3, 2]),
            ]),
        OldNode(
            "Upsample", 7, [.floats("scales", [1, 1, 2, 3])], image, ["N", 3, 8, 15]),
        OldNode(
            "Upsample", 7, [.floats("scales", [1, 1, 2, 1.5]), .string("mode", "linear")], image,
            ["N", 3, 8, 7]),
        OldNode(
            "Upsample", 9, [.string("mode", "nearest")], image, ["N", 3, 8, 10],
            [Tensor([1, 1, 2, 2] as [Float])]),
        OldNode(
            "Resize", 10, [.string("mode", "linear")], image, ["N", 3, 8, 10],
            [Tensor([1, 1, 2, 2] as [Float])]),
        OldNode("Dropout", 6, [.int("is_test", 1), .float("ratio", 0.5)], image, image),
        OldNode("Dropout", 7, [.float("ratio", 0.25)], image, image),
        OldNode("Reshape", 1, [.ints("shape", [0, -1])], image, ["N", 60]),
        OldNode("Squeeze", 1, [.ints("axes", [2])], ["N", 3, 1], ["N", 3]),
        OldNode("Squeeze", 11, [.ints("axes", [-1])], ["N", 3, 1], ["N", 3]),
        OldNode("Unsqueeze", 1, [.ints("axes", [1])], ["N", 3], ["N", 1, 3]),
        OldNode("Unsqueeze", 11, [.ints("axes", [-1])], ["N", 3], ["N", 3, 1]),
        OldNode(
            "ReduceSum", 11, [.ints("axes", [1]), .int("keepdims", 0)], image, ["N", 4, 5]),
        OldNode("ReduceMean", 13, [.ints("axes", [-1])], image, ["N", 3, 4, 1]),
        OldNode("ReduceMax", 1, [.ints("axes", [1, 2])], image, ["N", 1, 1, 5]),
        OldNode(
            "Slice", 1,
            [.ints("starts", [1, 0]), .ints("ends", [9, -1]), .ints("axes", [1, 3])],
            image, ["N", 2, 4, 4]),
        OldNode(
            "Gemm", 6, [.int("broadcast", 1), .float("alpha", 0.5), .int("transB", 1)], ["N", 3],
            ["N", 4], [numbers([4, 3]), numbers([4])]),
        OldNode("Cast", 1, [.string("to", "INT32")], ["N", 3], ["N", 3], as: .int32),
        OldNode("Sum", 6, [], ["N", 3], ["N", 3]),
        OldNode("Flatten", 1, [.int("axis", 2)], image, [.unknown, 20]),
        OldNode("Concat", 1, [], ["N", 3], ["N", 3]),
        OldNode("ArgMax", 1, [.int("axis", 1)], image, ["N", 1, 4, 5], as: .int64),
    ]
}
