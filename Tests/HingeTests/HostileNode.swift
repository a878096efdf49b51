import HingeKeras
import HingeONNX
import HingeOperators

@testable import Hinge

/// Makes models of one or two nodes with attributes, shapes and constants that no exporter writes: the ends of what an
/// integer holds, shapes of no elements with huge extents, wrong ranks, missing inputs, outputs that there aren't.
struct HostileNode {
    private static let extremes = [
        -1, 0, 1, 2, 3, -5, 7, 64, 65535, 1 << 20, 1 << 31, 1 << 40, 1 << 48, 1 << 62, Int.min,
        Int.max, -(1 << 62),
    ]
    private static let words = [
        "", "SAME_UPPER", "VALID", "NOTSET", "linear", "nearest", "cubic", "constant", "reflect",
        "edge", "wrap", "DCR", "CRD", "reverse", "bidirectional", "LEFT", "add", "mul", "max",
        "align_corners", "tf_crop_and_resize", "ij,jk->ik", "abcd,efgh,ijkl->", "...a,b->...b",
        "ii->i", "a,b,c->abc", "Relu", "NONE", "SOFTMAX", "PROBIT", "RBF", "POLY", "SPARSE", "MIN",
    ]
    private static let types: [DataType] = [
        .float32, .float64, .int64, .int32, .bool, .uint8, .int8, .float16, .string, .int4,
        .bfloat16, .uint64, .uint2, .float8e4m3fn, .float8e8m0, .float4e2m1, .complex64,
    ]

    var generator: SeededGenerator
    var initializers: [NamedTensor] = []
    var inputs: [ValueInfo] = []

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &generator)]
    }

    mutating func happens(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &generator) < probability
    }

    mutating func integer() -> Int {
        happens(0.4) ? pick(HostileNode.extremes) : Int.random(in: -1...4, using: &generator)
    }

    private mutating func integers() -> [Int] {
        (0..<pick([0, 1, 2, 2, 3, 4, 4, 6, 8])).map { _ in integer() }
    }

    mutating func shape() -> [Int] {
        var shape = (0..<pick([0, 1, 2, 3, 4, 4, 3, 2, 5])).map { _ in pick([1, 2, 3, 4]) }
        guard !shape.isEmpty else { return [] }
        if happens(0.3) { shape[pick(Array(shape.indices))] = 0 }
        if happens(0.2) {
            shape[pick(Array(shape.indices))] = pick(HostileNode.extremes.filter { $0 > 9 })
        }
        return shape
    }

    /// A constant, as far as its elements are few.
    mutating func constant(_ type: DataType, _ shape: [Int]) -> Tensor? {
        guard let count = try? Tensor.count(of: shape), count <= 4096 else { return nil }
        if type == .string {
            return try? Tensor(strings: [ByteString](repeating: "ab", count: count), shape: shape)
        }
        let values = Tensor((0..<count).map { _ in pick([0, 1, 2, 3, -1, 0.5]) }, shape: shape)
        var context = EvaluationContext(inputs: [.tensor(values)])
        guard (try? Cast(to: type).evaluate(&context)) != nil else { return nil }
        return context.outputs[0]?.tensor
    }

    private mutating func attribute(_ known: OperatorSchema.Attribute) -> Attribute? {
        switch known.kind {
        case "int": return .int(known.name, integer())
        case "ints": return .ints(known.name, integers())
        case "float": return .float(known.name, pick([0, 1, -1, 1e38, .nan, 0.5]))
        case "floats": return .floats(known.name, integers().map { Float($0) })
        case "string": return .string(known.name, pick(HostileNode.words))
        case "strings":
            return .strings(
                known.name, integers().map { _ in pick(["Tanh", "LEAF", "BRANCH_LEQ"]) })
        case "tensor":
            let shape: [Int] = pick([[1], [], [0], [3], [2, 2]])
            guard let tensor = constant(pick([.float32, .int64, .string]), shape) else {
                return nil
            }
            return .tensor(known.name, tensor)
        case "graph": return .graph(known.name, body())
        case "type":
            let shape = happens(0.5) ? nil : Shape(shape())
            return Attribute(known.name, .type(.tensor(.float32, shape)))
        default: return nil
        }
    }

    /// A body that takes and gives some values, of which not all need be there.
    private mutating func body() -> Graph {
        let inputs = (0..<pick([0, 1, 2, 2, 3, 4])).map { "b\($0)" }
        let nodes = [
            Node("Identity", inputs: [inputs.first ?? "i0"], outputs: ["r0"]),
            Node(
                pick(["Relu", "Shape", "Not", "Identity"]), inputs: [inputs.last ?? "i1"],
                outputs: ["r1"]),
            Node(
                "Concat", inputs: ["r0", "r0"], outputs: ["r2"],
                attributes: [.int("axis", integer())]),
        ]
        let outputs = (0..<pick([0, 1, 1, 2, 3, 4])).map { _ in pick(["r0", "r1", "r2"]) }
        return Graph(
            name: "body", nodes: nodes,
            inputs: inputs.map { ValueInfo(name: $0, type: nil) },
            outputs: outputs.map { ValueInfo(name: $0, type: nil) })
    }

    /// The version of the operator's domain, and that of the standard's operators.
    private mutating func versions(_ id: OperatorID) -> (domain: Int, standard: Int) {
        let newest = OperatorSchema.latestOpset(domain: "") ?? 1
        let standard = Int.random(in: 1...newest, using: &generator)
        // Each spelling of an operator is as likely as the others.
        let since = OperatorSchema.versions(domain: id.domain, name: id.type).map(\.sinceVersion)
        let own =
            happens(0.7) && !since.isEmpty
            ? pick(since)
            : Int.random(
                in: 1...(OperatorSchema.latestOpset(domain: id.domain) ?? 1), using: &generator)
        return id.domain.isEmpty ? (own, own) : (own, standard)
    }

    /// Adds an input or a constant, and gives its name.
    private mutating func input(
        _ name: String, _ parameter: OperatorSchema.Parameter?, _ common: [Int]
    )
        -> String
    {
        let allowed = HostileNode.types.filter { parameter?.types.contains($0) ?? true }
        let type = happens(0.95) && !allowed.isEmpty ? allowed[0] : pick(HostileNode.types)
        if type == .int64, happens(0.7) {
            let values = happens(0.3) ? [integer()] : integers()
            initializers.append(NamedTensor(name: name, Tensor(values.map { Int64($0) })))
            return name
        }
        let shape = happens(0.5) ? common : shape()
        if happens(0.5), let tensor = constant(type, shape) {
            initializers.append(NamedTensor(name: name, tensor))
            return name
        }
        var stated = Shape(shape)
        for index in shape.indices where happens(0.15) {
            stated[index] = pick([.unknown, "N"])
        }
        inputs.append(
            ValueInfo(name: name, type: .tensor(type, happens(0.1) ? nil : stated)))
        return name
    }

    /// A model around a node of the given operator.
    mutating func model(_ id: OperatorID) -> Model? {
        let (type, domain) = (id.type, id.domain)
        let (version, opset) = versions(id)
        guard let schema = OperatorSchema.find(domain: domain, name: type, opset: version)
        else { return nil }
        let common = shape()
        var count = Int.random(in: schema.inputCounts.clamped(to: 0...6), using: &generator)
        if happens(0.05) { count = max(0, count - 1) }
        let names = (0..<count).map { index in
            let parameter = schema.input(at: index)
            if parameter?.option == .optional, happens(0.3) { return "" }
            return input("i\(index)", parameter, common)
        }
        let attributes = schema.attributes.compactMap { known -> Attribute? in
            // A loop that says it runs forever does.
            if type == "Loop", known.kind == "graph" { return nil }
            return known.isRequired || happens(0.6) ? attribute(known) : nil
        }
        let most = schema.outputCounts.clamped(to: 0...5).upperBound
        let outputs = (0..<pick([1, 1, 1, most, most + 1])).map { "o\($0)" }
        guard let last = outputs.first else { return nil }
        var nodes = [
            Node(
                type, domain: domain, name: "n", inputs: names, outputs: outputs,
                attributes: attributes)
        ]
        var result = happens(0.5) ? [last] : outputs
        if happens(0.4) {
            initializers.append(NamedTensor(name: "k", Tensor([Int64(integer())])))
            let next = pick([
                Node("TopK", inputs: [last, "k"], outputs: ["z", "zz"]),
                Node("Slice", inputs: [last, "k", "k"], outputs: ["z"]),
                Node("Shape", inputs: [last], outputs: ["z"]),
                Node("Relu", inputs: [last], outputs: ["z"]),
                Node("Reshape", inputs: [last, "k"], outputs: ["z"]),
                Node("MatMul", inputs: [last, last], outputs: ["z"]),
            ])
            nodes.append(next)
            result = ["z"]
        }
        return Model(
            graph: Graph(
                name: "g", nodes: nodes, inputs: inputs,
                outputs: result.map { ValueInfo(name: $0, type: nil) },
                initializers: initializers),
            opsetImports: [OpsetImport(version: opset)]
                + (domain.isEmpty ? [] : [OpsetImport(domain: domain, version: version)]),
            irVersion: 8)
    }
}
