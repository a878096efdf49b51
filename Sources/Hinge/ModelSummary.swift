import HingeGraph
import HingeOperators
import HingeProgram
import HingeTransforms

/// What a model consists of: what `hinge inspect` shows.
public struct ModelSummary: Sendable, Codable {
    /// An input or output.
    public struct Port: Sendable, Codable {
        /// The name.
        public var name: String
        /// The type and shape: `float32[N, 3, 224, 224]`.
        public var type: String
    }

    /// A node of the graph, or of a body of a control-flow node.
    public struct Row: Sendable, Codable {
        /// The node's name, or that of its first output; that of a node of a body after the names of the nodes around
        /// it and of their attributes that hold the bodies: `scan/body/step`.
        public var name: String
        /// The operator.
        public var type: String
        /// The types and shapes of the outputs.
        public var outputs: [String]
        /// The number of elements in the weights that this node is the first to use.
        public var parameters: Int
        /// The number of multiplications that are added up, for one item of each unknown extent.
        public var multiplyAccumulates: Int
    }

    /// The format's name.
    public var format: String
    /// The format's version, as far as the file states it.
    public var version: String
    /// The tool that wrote the model.
    public var producer: String
    /// The inputs that a caller gives.
    public var inputs: [Port]
    /// The outputs.
    public var outputs: [Port]
    /// The nodes, in order; those of bodies after the node that holds them.
    public var rows: [Row]
    /// The number of elements in all weights.
    public var parameters: Int
    /// The memory that the weights take, in bytes.
    public var bytes: Int
    /// The sum of the nodes' multiply-accumulates, each body counted once.
    public var multiplyAccumulates: Int
    /// How often each operator occurs, by name.
    public var histogram: [String: Int]
    /// What the reader had to guess.
    public var warnings: [String]

    /// Summarizes a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - format: The format that it was read from.
    public init(_ model: Model, format: any ModelFormat) {
        let known = try? InferTypes().infer(model)
        let types = ModelSummary.describe
        self.format = format.name
        warnings = model.warnings
        version = model.isWeightsOnly ? "" : format.version(of: model)
        let isKeras = model.origin?.payload is KerasOrigin
        producer =
            isKeras
            ? ""
            : [model.producerName, model.producerVersion]
                .filter { !$0.isEmpty }.joined(separator: " ")
        inputs = model.graph.requiredInputs.map { Port(name: $0.name, type: types($0.type)) }
        outputs = model.graph.outputs.map {
            Port(name: $0.name, type: types(known?.type(of: $0.name) ?? $0.type))
        }
        var listing = Listing()
        listing.add(model.graph, known, "")
        rows = listing.rows
        parameters = Extent.sum(of: listing.weights.map(\.count))
        bytes = Extent.sum(of: listing.weights.map(\.byteCount))
        multiplyAccumulates = Extent.sum(of: rows.map(\.multiplyAccumulates))
        histogram = Dictionary(rows.map { ($0.type, 1) }, uniquingKeysWith: +)
    }

    /// The constants of a graph and of the bodies in it.
    public static func weights(of graph: Graph) -> [NamedTensor] {
        graph.initializers
            + graph.nodes.flatMap { $0.subgraphs.flatMap { ModelSummary.weights(of: $0) } }
    }

    /// The rows of graphs inside each other, and their weights.
    private struct Listing {
        var rows: [Row] = []
        var weights: [Tensor] = []
        /// The weights that no row has used, by name.
        private var unused: [String: Tensor] = [:]

        mutating func add(_ graph: Graph, _ known: InferredGraph?, _ path: String) {
            for initializer in graph.initializers
            where ModelSummary.isWeight(initializer.tensor) {
                weights.append(initializer.tensor)
                unused[initializer.name] = initializer.tensor
            }
            for (index, node) in graph.nodes.enumerated() {
                let own = node.inputs.compactMap { unused.removeValue(forKey: $0) }
                let name = path + (node.name.isEmpty ? node.outputs.first ?? "" : node.name)
                rows.append(
                    Row(
                        name: name,
                        type: OperatorID(domain: node.domain, type: node.type).description,
                        outputs: node.outputs.filter { !$0.isEmpty }
                            .map { ModelSummary.describe(known?.type(of: $0)) },
                        parameters: Extent.sum(of: own.map(\.count)),
                        multiplyAccumulates: OperationCount.multiplyAccumulates(node) {
                            known?[$0]
                        }))
                for attribute in node.attributes {
                    for body in attribute.value.graphs {
                        add(
                            body, known?.bodies[index]?[attribute.name],
                            "\(name)/\(attribute.name)/")
                    }
                }
            }
        }
    }

    private static func describe(_ type: ValueType?) -> String { type?.description ?? "?" }

    /// Whether an initializer is a weight: not one of the small vectors of integers that give operators a shape,
    /// axes or positions.
    private static func isWeight(_ tensor: Tensor) -> Bool {
        !(tensor.rank <= 1 && (tensor.dataType == .int64 || tensor.dataType == .int32))
    }
}

/// Counts the work of nodes.
enum OperationCount {
    /// The number of products that a node adds up; unknown extents count as 1, and so do operators that don't
    /// multiply matrices.
    static func multiplyAccumulates(_ node: Node, _ known: (String) -> Inferred?) -> Int {
        func shape(_ names: [String], _ index: Int) -> [Int]? {
            guard index < names.count else { return nil }
            return known(names[index])?.type?.shape?.dimensions.map { $0.extent ?? 1 }
        }
        guard let output = shape(node.outputs, 0) else { return 0 }
        let size = Extent.product(of: output)
        switch node.type {
        case "Conv":
            guard let weights = shape(node.inputs, 1) else { return 0 }
            return Extent.product(of: [size] + weights.dropFirst())
        case "ConvTranspose":
            guard let weights = shape(node.inputs, 1), let input = shape(node.inputs, 0) else {
                return 0
            }
            return Extent.product(of: input + weights.dropFirst())
        case "MatMul", "Gemm":
            guard let a = shape(node.inputs, 0), a.count >= 1 else { return 0 }
            var isTransposed = false
            if case .int(let flag)? = node[attribute: "transA"] { isTransposed = flag != 0 }
            return Extent.product(of: [size, isTransposed ? a[0] : a[a.count - 1]])
        case "LSTM", "GRU", "RNN":
            guard let x = shape(node.inputs, 0), let w = shape(node.inputs, 1),
                let r = shape(node.inputs, 2), x.count == 3
            else { return 0 }
            let perStep = Extent.sum(of: [Extent.product(of: w), Extent.product(of: r)])
            return Extent.product(of: [x[0], x[1], perStep])
        default:
            return 0
        }
    }
}
