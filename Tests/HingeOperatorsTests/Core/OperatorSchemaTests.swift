import HingeGraph
import Testing

@testable import HingeOperators

/// The expected facts are those of the ONNX operator documentation.
@Suite struct OperatorSchemaTests {
    @Test func findsTheFormInForce() throws {
        let relu = try #require(OperatorSchema.find(name: "Relu", opset: 13))
        #expect(relu.sinceVersion == 13)
        #expect(OperatorSchema.find(name: "Relu", opset: 12)?.sinceVersion == 6)
        #expect(OperatorSchema.find(name: "Gelu", opset: 19) == nil)
        #expect(OperatorSchema.find(name: "Nonsense", opset: 20) == nil)
        #expect(OperatorSchema.find(domain: "ai.onnx", name: "Relu", opset: 1)?.domain == "")
        #expect(OperatorSchema.find(domain: "ai.onnx.ml", name: "Scaler", opset: 1) != nil)
    }

    @Test func listsVersions() {
        let versions = OperatorSchema.versions(name: "PRelu").map(\.sinceVersion)
        #expect(versions == [1, 6, 7, 9, 16])
        #expect(OperatorSchema.versions(name: "Abs").map(\.sinceVersion) == [1, 6, 13])
        #expect(OperatorSchema.versions(name: "Upsample").last?.isDeprecated == true)
        #expect(OperatorSchema.versions(name: "Nonsense").isEmpty)
        #expect(OperatorSchema.latestOpset(domain: "nonsense") == nil)
        #expect(OperatorSchema.all.allSatisfy { !$0.name.isEmpty && $0.sinceVersion > 0 })
    }

    @Test func knowsAttributes() throws {
        let conv = try #require(OperatorSchema.find(name: "Conv", opset: 22))
        let padding = try #require(conv.attribute("auto_pad"))
        #expect(padding.kind == "string" && padding.defaultValue == .string("NOTSET"))
        #expect(conv.attribute("group")?.defaultValue == .int(1))
        #expect(conv.attribute("pads")?.defaultValue == nil)
        let cast = try #require(OperatorSchema.find(name: "Cast", opset: 22))
        #expect(cast.attribute("to")?.isRequired == true)
        let leaky = try #require(OperatorSchema.find(name: "LeakyRelu", opset: 16))
        #expect(leaky.attribute("alpha")?.defaultValue == .float(0.01))
    }

    @Test func knowsInputs() throws {
        let clip = try #require(OperatorSchema.find(name: "Clip", opset: 13))
        #expect(clip.inputCounts == 1...3)
        #expect(clip.inputs.map(\.option) == [.single, .optional, .optional])
        let relu = try #require(OperatorSchema.find(name: "Relu", opset: 13))
        #expect(relu.inputs[0].types.dataTypes == [.float32, .float64, .float16, .bfloat16])
        let sum = try #require(OperatorSchema.find(name: "Sum", opset: 13))
        #expect(sum.input(at: 7)?.name == "data_0")
        #expect(sum.inputCounts.upperBound > 1_000_000)
        #expect(relu.input(at: 1) == nil)
    }

    /// A node that the standard does not allow, and why.
    struct Refusal: CustomTestStringConvertible {
        var node: Node
        var opset: Int
        var type: ValueType?
        var message: String
        var testDescription: String { message }
    }

    static let refusals = [
        Refusal(
            node: Node("Relu", inputs: ["x"], outputs: ["y"]), opset: 13,
            type: .tensor(.int32, nil), message: "Relu of int32 needs opset 14, not 13"),
        Refusal(
            node: Node("Relu", inputs: ["x"], outputs: ["y"]), opset: 14,
            type: .tensor(.string, nil), message: "opset 14 does not allow Relu of string"),
        Refusal(
            node: Node("Relu", inputs: ["x"], outputs: ["y"]), opset: 14,
            type: .sequence(.tensor(.float32, nil)),
            message: "opset 14 does not allow Relu of sequence of float32[…]"),
        Refusal(
            node: Node("Gelu", inputs: ["x"], outputs: ["y"]), opset: 19,
            message: "Gelu needs opset 20, not 19"),
        Refusal(
            node: Node("Rellu", inputs: ["x"], outputs: ["y"]), opset: 19,
            message: "the standard has no operator Rellu"),
        Refusal(
            node: Node("Upsample", inputs: ["x"], outputs: ["y"]), opset: 11,
            message: "Upsample is withdrawn from opset 10 on, found 11"),
        Refusal(
            node: Node("Clip", inputs: ["x", "low"], outputs: ["y"]), opset: 6,
            message: "Clip with 2 inputs needs opset 11, not 6"),
        Refusal(
            node: Node(
                "Reshape", inputs: ["x", "s"], outputs: ["y"], attributes: [.int("allowzero", 1)]),
            opset: 13, message: "Reshape with the attribute 'allowzero' needs opset 14, not 13"),
        Refusal(
            node: Node("Elu", inputs: ["x"], outputs: ["y"], attributes: [.int("alpha", 1)]),
            opset: 13, message: "attribute 'alpha': Elu of opset 13: expected float, found int"),
        Refusal(
            node: Node("Cast", inputs: ["x"], outputs: ["y"]), opset: 13,
            message: "opset 13 does not allow Cast without the attribute 'to'"),
        Refusal(
            node: Node("Add", inputs: ["", "x"], outputs: ["y"]), opset: 13,
            message: "opset 13 does not allow Add without the input 'A'"),
    ]

    @Test(arguments: refusals) func refuses(_ refusal: Refusal) {
        let error = #expect(throws: HingeError.self) {
            try OperatorSchema.check(refusal.node, opset: refusal.opset) { _ in refusal.type }
        }
        #expect(error?.description == refusal.message)
        #expect(error?.code == .unsupported)
    }

    @Test func acceptsOtherDomains() throws {
        let node = Node("FusedGelu", domain: "com.example", inputs: ["x"], outputs: ["y"])
        try OperatorSchema.check(node, opset: 1) { _ in nil }
    }

    @Test func spellingIsChecked() throws {
        let relu = Relu()
        func spell(_ type: DataType, _ opset: Int) throws {
            _ = try Speller.spell(
                relu, opset: opset, inputs: ["x"], outputs: ["y"],
                known: [Inferred.tensor(type, [2])], isTaken: { _ in false })
        }
        try spell(.int32, 14)
        let error = #expect(throws: HingeError.self) { try spell(.int32, 13) }
        #expect(error?.message == "Relu of int32 needs opset 14, not 13")
    }

    @Test(arguments: DataType.allCases) func numbersTypes(_ type: DataType) {
        #expect(DataType(number: type.number) == type)
    }

    @Test func refusesUnknownTypeNumbers() {
        #expect(DataType(number: 0) == nil)
        #expect(DataType(number: 99) == nil)
        #expect(DataType.float64.number == 11 && DataType.int2.number == 26)
    }
}
