import HingeGraph
import Testing

@testable import HingeOperators

/// The four operators that are the model for all others, in every version and type of the standard.
@Suite struct ReluFamilyTests {
    /// An operator at one version, with an element type that the version allows.
    struct Form: Sendable, CustomTestStringConvertible {
        var name: String
        var version: Int
        var type: DataType
        var testDescription: String { "\(name) \(version) of \(type)" }
    }

    static let names = ["Relu", "LeakyRelu", "PRelu", "Elu"]

    static let forms = names.flatMap { name in
        OperatorSchema.versions(name: name).flatMap { schema in
            (schema.input(at: 0)?.types.dataTypes ?? []).map {
                Form(name: name, version: schema.sinceVersion, type: $0)
            }
        }
    }

    /// The versions and types of the standard's operator documentation.
    @Test func theStandardHasTheseForms() {
        func types(_ name: String, _ version: Int) -> Int {
            ReluFamilyTests.forms.filter { $0.name == name && $0.version == version }.count
        }
        let found = ["Relu": [1, 6, 13, 14], "LeakyRelu": [1, 6, 16], "Elu": [1, 6, 22]].mapValues {
            $0
        }
        for (name, versions) in found {
            #expect(OperatorSchema.versions(name: name).map(\.sinceVersion) == versions)
        }
        #expect([1, 6, 13, 14].map { types("Relu", $0) } == [3, 3, 4, 8])
        #expect([1, 6, 16].map { types("LeakyRelu", $0) } == [3, 3, 4])
        #expect([1, 6, 7, 9, 16].map { types("PRelu", $0) } == [3, 3, 3, 7, 8])
        #expect([1, 6, 22].map { types("Elu", $0) } == [3, 3, 4])
    }

    /// Evaluates the node, without attributes, on a row of numbers; the slope of `PRelu` is 2.
    @Test(arguments: forms) func evaluatesWithDefaults(_ form: Form) throws {
        let isSigned = form.type.isFloatingPoint || form.type.description.hasPrefix("int")
        let numbers: [Double] = isSigned ? [-4, -1, 0, 1, 3] : [0, 1, 3, 4, 5]
        let expected: [Double] =
            switch form.name {
            case _ where !isSigned: numbers
            case "Relu": [0, 0, 0, 1, 3]
            case "LeakyRelu": [Double(Float(0.01)) * -4, Double(Float(-0.01)), 0, 1, 3]
            case "PRelu": [-8, -2, 0, 1, 3]
            // e⁻⁴ − 1 and e⁻¹ − 1, by mpmath.
            default: [-0.98168436111126582, -0.63212055882855768, 0, 1, 3]
            }
        let node = Node(
            form.name, inputs: form.name == "PRelu" ? ["x", "s"] : ["x"], outputs: ["y"],
            attributes: form.version == 1 ? [.ints("consumed_inputs", [0])] : [])
        let x = try Tensor(numbers).converted(to: form.type)
        let slope = try Tensor(filledWith: 2, form.type, shape: [1])
        let `operator` = try OperatorHarness.read(node, opset: form.version)
        let y =
            form.name == "PRelu"
            ? try OperatorHarness.value(`operator`, x, slope)
            : try OperatorHarness.value(`operator`, x)
        #expect(y.dataType == form.type && y.shape == [5])
        try expectClose(y, expected, units: 1)
    }

    /// The hint of version 1, which outputs may take which inputs' memory, is not part of the operator.
    @Test(arguments: names) func theHintOfVersion1IsDropped(_ name: String) throws {
        let inputs = name == "PRelu" ? ["x", "s"] : ["x"]
        let node = Node(
            name, inputs: inputs, outputs: ["y"], attributes: [.ints("consumed_inputs", [0])])
        let nodes = try OperatorHarness.convert(
            node, from: 1, to: 6,
            known: [.tensor(.float32, [2, 3]), .tensor(.float32, [3])]
        ).nodes
        #expect(nodes.count == 1)
        #expect(nodes[0][attribute: "consumed_inputs"] == nil)
    }

    @Test func attributesAreRead() throws {
        func read(_ name: String, _ attributes: [Attribute]) throws -> any Operator {
            try OperatorHarness.read(
                Node(name, inputs: ["x"], outputs: ["y"], attributes: attributes), opset: 16)
        }
        #expect((try read("LeakyRelu", [.float("alpha", 0.3)]) as? LeakyRelu)?.alpha == 0.3)
        #expect((try read("LeakyRelu", []) as? LeakyRelu)?.alpha == 0.01)
        #expect((try read("Elu", [.float("alpha", 2)]) as? Elu)?.alpha == 2)
        #expect((try read("Elu", []) as? Elu)?.alpha == 1)
        let error = #expect(throws: HingeError.self) { try read("Elu", [.int("alpha", 2)]) }
        #expect(
            error?.description == "node (Elu) › attribute 'alpha': expected a number, found int")
    }

    // MARK: - PRelu's slopes

    private static let image = Tensor([Float](repeating: -1, count: 12), shape: [1, 3, 2, 2])

    /// Before version 7, slopes `[C]` belong to dimension 1; from 7 on, to the last.
    @Test(arguments: [1, 6]) func slopesBelongedToChannels(_ version: Int) throws {
        let node = Node("PRelu", inputs: ["x", "s"], outputs: ["y"])
        let slopes = Tensor([Float(1), 2, 3])
        let old = try OperatorHarness.read(node, opset: version)
        let y = try OperatorHarness.value(old, ReluFamilyTests.image, slopes)
        #expect(try y.array(of: Float.self) == [-1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -3, -3])
        let new = try OperatorHarness.read(node, opset: 7)
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(new, ReluFamilyTests.image, slopes)
        }
        #expect(error?.message == "shapes [1, 3, 2, 2] and [3] do not broadcast")
    }

    @Test func slopesBroadcastOneWay() throws {
        let x = Tensor([Float(-1), -2], shape: [2])
        let slopes = Tensor([Float(1), 2, 3, 4], shape: [2, 2])
        let error = #expect(throws: HingeError.self) {
            try OperatorHarness.value(PRelu(), x, slopes)
        }
        #expect(error?.message == "slopes of shape [2, 2] do not broadcast to [2]")
        let inference = #expect(throws: HingeError.self) {
            try OperatorHarness.infer(
                PRelu(), [.tensor(.float32, [2]), .tensor(.float32, [2, 2])])
        }
        #expect(inference?.message == "slopes of shape [2, 2] do not broadcast to [2]")
    }

    /// What a node with channel slopes becomes at version 7: constants take their new shape at once, computed ones
    /// by a `Reshape`.
    @Test func channelSlopesAreReshaped() throws {
        let node = Node("PRelu", inputs: ["x", "s"], outputs: ["y"])
        let x = Inferred.tensor(.float32, ["N", 3, 8, 8])
        let constant = try OperatorHarness.convert(
            node, from: 6, to: 16, known: [x, Inferred(constant: Tensor([Float(1), 2, 3]))])
        #expect(constant.nodes.map(\.type) == ["PRelu"])
        #expect(constant.initializers.map(\.tensor.shape) == [[3, 1, 1]])
        let computed = try OperatorHarness.convert(
            node, from: 6, to: 16, known: [x, .tensor(.float32, [3])])
        #expect(computed.nodes.map(\.type) == ["Reshape", "PRelu"])
        let shapes = try computed.initializers.map { try $0.tensor.array(of: Int64.self) }
        #expect(shapes == [[3, 1, 1]])
        let back = try OperatorHarness.convert(
            node, from: 16, to: 6,
            known: [x, Inferred(constant: Tensor([Float(1), 2, 3], shape: [3, 1, 1]))])
        #expect(back.initializers.map(\.tensor.shape) == [[3]])
    }

    @Test func whatOldVersionsCannotSayIsRefused() throws {
        let node = Node("PRelu", inputs: ["x", "s"], outputs: ["y"])
        func message(_ known: [Inferred?], _ opset: Int) -> String? {
            #expect(throws: HingeError.self) {
                try OperatorHarness.convert(node, from: 16, to: opset, known: known)
            }?.message
        }
        let x = Inferred.tensor(.float32, [1, 3, 8, 8])
        #expect(
            message([x, .tensor(.float32, [3, 8, 8])], 6)
                == "PRelu with slopes of shape [3, 8, 8] needs opset 7, not 6")
        #expect(
            message([nil, .tensor(.float32, [3])], 6)
                == "the rank of x must be known to write this for opset 6")
        #expect(
            message([x, nil], 6)
                == "the shape of the slopes must be known to write this for opset 6")
        #expect(
            message([.tensor(.int32, [4]), .tensor(.int32, [4])], 7)
                == "PRelu of int32 needs opset 9, not 7")
    }

    /// A graph that is built with slopes for each channel of an image.
    @Test func buildsGraphs() throws {
        var graph = GraphBuilder(opset: 6)
        let x = graph.input("x", .float32, ["N", 3, 8, 8])
        let slope = graph.constant(Tensor([Float(1), 2, 3], shape: [3, 1, 1]))
        let y = try graph.append(PRelu(), x, slope)
        let z = try graph.append(Elu(alpha: 0.5), y)
        #expect(graph.graph.nodes.map(\.type) == ["PRelu", "Elu"])
        #expect(graph.graph.initializers.last?.tensor.shape == [3])
        #expect(graph.type(of: z) == .tensor(.float32, ["N", 3, 8, 8]))
        let error = #expect(throws: HingeError.self) { try graph.append(Gelu(), x) }
        #expect(error?.description == "node (Gelu): Gelu needs opset 9, not 6")
    }
}
