import Foundation
import HingeGraph
import Testing

@testable import HingeOperators

/// Registry, files and the standard's tables agree.
@Suite struct RegistryTests {
    /// An operator as it is registered, at one version.
    struct Form: Sendable, CustomTestStringConvertible {
        var schema: OperatorSchema
        var testDescription: String { "\(schema.name) \(schema.sinceVersion)" }
    }

    static let ids = OperatorRegistry.standard.operators.keys.sorted {
        $0.description < $1.description
    }

    /// Every version of every registered operator that is in force somewhere.
    static let forms = ids.flatMap { id in
        OperatorSchema.versions(domain: id.domain, name: id.type)
            .filter { !$0.isDeprecated }.map { Form(schema: $0) }
    }

    /// Attributes that say what the node's inputs and outputs are, and are spelled accordingly.
    ///
    /// Mod of floats without `fmod` is written with it.
    static let structural: Set<String> = ["GRU.output_sequence", "Gemm.broadcast", "Mod.fmod"]

    /// Operators of the standard's domain that only ONNX Runtime has.
    static let foreign = ["SimplifiedLayerNormalization"]

    @Test(arguments: ids.filter { $0.domain != BiasGelu.domain && !foreign.contains($0.type) })
    func standsInTheStandard(_ id: OperatorID) {
        #expect(!OperatorSchema.versions(domain: id.domain, name: id.type).isEmpty)
    }

    /// A node without attributes means what the standard's defaults say.
    @Test(arguments: forms.filter { !$0.schema.attributes.contains(where: \.isRequired) })
    func hasTheStandardsDefaults(_ form: Form) throws {
        let schema = form.schema
        let opset = schema.sinceVersion
        let inputs = (0..<schema.inputCounts.lowerBound).map { "x\($0)" }
        let outputs = (0..<schema.outputCounts.lowerBound).map { "y\($0)" }
        let known = inputs.indices.map { index -> Inferred? in
            guard let type = schema.input(at: index)?.types.dataTypes.first else { return nil }
            return .tensor(type, [2, 3, 4, 4])
        }
        let node = Node(schema.name, domain: schema.domain, inputs: inputs, outputs: outputs)
        let spelled: [Node]
        do {
            spelled = try OperatorHarness.convert(node, from: opset, to: opset, known: known).nodes
        } catch let error as HingeError where RegistryTests.isAboutTheExample(error) {
            #expect(RegistryTests.demanding.contains(schema.name), "\(error)")
            return
        }
        for attribute in spelled.filter({ $0.type == schema.name }).flatMap(\.attributes) {
            let expected = schema.attribute(attribute.name)?.defaultValue
            let name = "\(schema.name).\(attribute.name)"
            guard let expected, !RegistryTests.structural.contains(name) else { continue }
            #expect(attribute.value == expected, "attribute '\(attribute.name)'")
        }
    }

    /// The operators that don't take a node of which only the table's facts hold: `Constant` needs one of its
    /// attributes, `Mod` must be told what to do with floats, the learned models of `ai.onnx.ml` what was learned, and the
    /// others the type to go to or from.
    static let demanding: Set<String> = [
        "CategoryMapper", "Constant", "DequantizeLinear", "DictVectorizer", "Imputer",
        "LabelEncoder", "LinearRegressor", "Mod", "OneHotEncoder", "QuantizeLinear",
        "SVMClassifier", "SVMRegressor", "Scaler", "TreeEnsembleClassifier",
        "TreeEnsembleRegressor", "ZipMap",
    ]

    /// Whether an operator refuses the example for what it needs beyond the table's facts: a constant, or an
    /// attribute of which there must be just one.
    private static func isAboutTheExample(_ error: HingeError) -> Bool {
        error.code == .unsupported || error.code == .badData
    }

    private static var sources: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/HingeOperators")
    }

    /// Operators whose Swift types can't have their names, which Swift or the graph has already.
    static let renamed = [
        "MicrosoftAttention": "Attention", "MicrosoftDequantizeLinear": "DequantizeLinear",
        "MicrosoftGelu": "Gelu", "MicrosoftQuantizeLinear": "QuantizeLinear",
        "MicrosoftRotaryEmbedding": "RotaryEmbedding", "NumberRange": "Range",
        "OptionalOf": "Optional", "ShapeOf": "Shape", "SizeOf": "Size",
        "SliceOf": "Slice",
    ]

    /// The operators that files define, by the name of the file.
    private static func definitions() throws -> [(file: String, type: String)] {
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var found: [(String, String)] = []
        while let url = files?.nextObject() as? URL {
            guard url.pathExtension == "swift" else { continue }
            let text = try String(contentsOf: url, encoding: .utf8)
            for match in text.matches(of: /static let type = "(\w+)"/) {
                found.append((url.deletingPathExtension().lastPathComponent, String(match.1)))
            }
        }
        return found
    }

    @Test func everyOperatorStandsInTheFileOfItsName() throws {
        let definitions = try RegistryTests.definitions()
        #expect(definitions.count > 100)
        for (file, type) in definitions {
            #expect(RegistryTests.renamed[file] ?? file == type)
        }
    }

    @Test func everyOperatorIsRegistered() throws {
        let defined = Set(try RegistryTests.definitions().map(\.type))
        let registered = Set(OperatorRegistry.standard.operators.keys.map(\.type))
            .subtracting(OperatorRegistry.olderNames.keys)
        #expect(defined == registered)
    }

    @Test func anUnknownOperatorIsRefused() {
        let node = Node("Nonsense", name: "n", inputs: ["x"], outputs: ["y"])
        let error = #expect(throws: HingeError.self) {
            try OperatorRegistry.standard.read(NodeReader(node, opset: 20))
        }
        #expect(error?.description == "node 'n' (Nonsense): the operator Nonsense is not supported")
        #expect(error?.code == .unsupported)
    }
}
